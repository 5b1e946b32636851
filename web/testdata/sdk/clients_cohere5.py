"""The rerank clients of cohere5.in: python clients_cohere5.py http://localhost:PORT"""

import cohere
from langchain_cohere import CohereRerank
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.postprocessor.cohere_rerank import CohereRerank as LlamaCohereRerank

from check import main

# Neither has a setting for the retries of cohere within it, which tries three times.


def langchain_cohere(base, key, query, documents, top_n, retries):
    client = cohere.ClientV2(key, base_url=base)
    found = CohereRerank(client=client, model="rerank-v3.5").rerank(documents, query, top_n=top_n)
    return [(x["index"], x["relevance_score"]) for x in found]


def llama_index_cohere(base, key, query, documents, top_n, retries):
    nodes = [NodeWithScore(node=TextNode(id_=str(i), text=d)) for i, d in enumerate(documents)]
    ranker = LlamaCohereRerank(api_key=key, base_url=base, top_n=top_n, max_retries=retries + 1)
    return [(int(x.node.id_), x.score) for x in ranker.postprocess_nodes(nodes, QueryBundle(query))]


COHERE = {
    "wrong key": "cohere.errors.unauthorized_error.UnauthorizedError",
    "empty list": "[]",  # they do not ask
    "over the limit": "cohere.errors.bad_request_error.BadRequestError",
    "429": "cohere.errors.too_many_requests_error.TooManyRequestsError",
    "429, then again": "",
}

if __name__ == "__main__":
    main([
        ("langchain CohereRerank", langchain_cohere, 1000, COHERE),
        ("llama-index CohereRerank", llama_index_cohere, 1000, COHERE),
    ])
