"""The rerank clients of requirements.in: python clients.py http://localhost:PORT"""

import cohere
import dashscope
import haystack
import litellm
import openai
import voyageai
from haystack.utils import Secret
from haystack_integrations.components.rankers.cohere import CohereRanker
from haystack_integrations.components.rankers.jina import JinaRanker
from langchain_community.document_compressors.dashscope_rerank import DashScopeRerank
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.postprocessor.dashscope_rerank import DashScopeRerank as LlamaDashScopeRerank

from check import SILENT, Answered, main

litellm.suppress_debug_info = True


def dashscope_sdk(base, key, query, documents, top_n, retries):
    dashscope.base_http_api_url = base + "/api/v1"
    r = dashscope.TextReRank.call(model="qwen3-rerank", query=query, documents=documents, top_n=top_n, return_documents=True, api_key=key)
    if r.status_code != 200:
        raise Answered(f"status_code {r.status_code}, code {r.code}", r.message)
    return [(x.index, x.relevance_score, x["document"]["text"]) for x in r.output.results]


def cohere_v1(base, key, query, documents, top_n, retries):
    client = cohere.Client(key, base_url=base, max_retries=retries)
    r = client.rerank(model="rerank-v3.5", query=query, documents=documents, top_n=top_n, return_documents=True)
    return [(x.index, x.relevance_score, x.document.text) for x in r.results]


def cohere_v2(base, key, query, documents, top_n, retries):
    client = cohere.ClientV2(key, base_url=base, max_retries=retries)
    r = client.rerank(model="rerank-v3.5", query=query, documents=documents, top_n=top_n)
    return [(x.index, x.relevance_score) for x in r.results]


def voyage(base, key, query, documents, top_n, retries):
    r = voyageai.Client(key, base_url=base + "/v1", max_retries=retries).rerank(query, documents, model="rerank-2.5", top_k=top_n)
    return [(x.index, x.relevance_score, x.document) for x in r.results]


def openai_sdk(base, key, query, documents, top_n, retries):
    client = openai.OpenAI(api_key=key, base_url=base + "/compatible-api/v1", max_retries=retries)
    body = {"model": "qwen3-rerank", "query": query, "documents": documents, "top_n": top_n}
    return [(x["index"], x["relevance_score"]) for x in client.post("/reranks", body=body, cast_to=object)["results"]]


def langchain_dashscope(base, key, query, documents, top_n, retries):
    dashscope.base_http_api_url = base + "/api/v1"
    return [(x["index"], x["relevance_score"]) for x in DashScopeRerank(dashscope_api_key=key).rerank(documents, query, top_n=top_n)]


def llama_index_dashscope(base, key, query, documents, top_n, retries):
    dashscope.base_http_api_url = base + "/api/v1"
    nodes = [NodeWithScore(node=TextNode(id_=str(i), text=d)) for i, d in enumerate(documents)]
    found = LlamaDashScopeRerank(api_key=key, top_n=top_n).postprocess_nodes(nodes, QueryBundle(query))
    return [(int(x.node.id_), x.score) for x in found]


def haystack_ranker(ranker, query, documents):
    found = ranker.run(query, [haystack.Document(content=d) for d in documents])["documents"]
    return [(documents.index(d.content), d.score) for d in found]


def haystack_cohere(base, key, query, documents, top_n, retries):
    return haystack_ranker(CohereRanker(api_key=Secret.from_token(key), api_base_url=base, top_k=top_n), query, documents)


def haystack_jina(base, key, query, documents, top_n, retries):
    return haystack_ranker(JinaRanker(api_key=Secret.from_token(key), base_url=base + "/v1/rerank", top_k=top_n), query, documents)


def litellm_of(provider, path):
    def client(base, key, query, documents, top_n, retries):
        r = litellm.rerank(model=provider + "/any", api_base=base + path, api_key=key, query=query, documents=documents, top_n=top_n)
        return [(x["index"], x["relevance_score"]) for x in r.results]

    return client


COHERE = {
    "wrong key": "cohere.errors.unauthorized_error.UnauthorizedError",
    "empty list": "cohere.errors.bad_request_error.BadRequestError",
    "over the limit": "cohere.errors.bad_request_error.BadRequestError",
    "429": "cohere.errors.too_many_requests_error.TooManyRequestsError",
}
LITELLM = {
    "wrong key": "litellm.exceptions.AuthenticationError",
    "empty list": "litellm.exceptions.BadRequestError",
    "over the limit": "litellm.exceptions.BadRequestError",
    "429": "litellm.exceptions.RateLimitError",
}
# The SDK returns errors, and those who build on it take them for answers.
OVER_DASHSCOPE = {
    "wrong key": "builtins.AttributeError" + SILENT,
    "empty list": "[]",  # they do not ask
    "over the limit": "builtins.AttributeError" + SILENT,
    "429": "builtins.AttributeError" + SILENT,
}

if __name__ == "__main__":
    main([
        ("dashscope", dashscope_sdk, 500, {
            "wrong key": "status_code 401, code InvalidApiKey",
            "empty list": "dashscope.common.error.InputRequired" + SILENT,  # it does not ask
            "over the limit": "status_code 400, code InvalidParameter",
            "429": "status_code 429, code Throttling.RateQuota",
        }),
        ("langchain DashScopeRerank", langchain_dashscope, 500, OVER_DASHSCOPE),
        ("llama-index DashScopeRerank", llama_index_dashscope, 500, OVER_DASHSCOPE),
        ("cohere Client", cohere_v1, 500, COHERE | {"429, then again": ""}),
        ("cohere ClientV2", cohere_v2, 1000, COHERE | {"429, then again": ""}),
        # It sends no more than 1000 documents of those it is given, and has no setting for the retries of cohere within it.
        ("haystack CohereRanker", haystack_cohere, None, COHERE | {"over the limit": None, "429, then again": ""}),
        ("haystack JinaRanker", haystack_jina, 500, {
            "wrong key": "builtins.RuntimeError",
            "empty list": "[]",  # it does not ask
            "over the limit": "builtins.RuntimeError",
            "429": "builtins.RuntimeError",
        }),
        ("voyageai", voyage, 1000, {
            "wrong key": "voyageai.error.AuthenticationError",
            "empty list": "voyageai.error.InvalidRequestError",
            "over the limit": "voyageai.error.InvalidRequestError",
            "429": "voyageai.error.RateLimitError",
        }),
        ("openai post", openai_sdk, 500, {
            "wrong key": "openai.AuthenticationError",
            "empty list": "openai.BadRequestError",
            "over the limit": "openai.BadRequestError",
            "429": "openai.RateLimitError",
            "429, then again": "",
        }),
        ("litellm cohere", litellm_of("cohere", ""), 1000, LITELLM),
        ("litellm dashscope", litellm_of("dashscope", "/compatible-api/v1"), 500, LITELLM),
        ("litellm jina_ai", litellm_of("jina_ai", ""), 500, LITELLM),
        ("litellm voyage", litellm_of("voyage", ""), 1000, LITELLM),
        ("litellm hosted_vllm", litellm_of("hosted_vllm", ""), 1000, LITELLM),
    ])
