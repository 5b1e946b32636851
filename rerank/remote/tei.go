package remote

import (
	"context"
	"fmt"
	"net/url"
)

// teiLimit is --max-client-batch-size of a TEI that was not told otherwise; one that was says so at /info.
const teiLimit = 32

// tei is Hugging Face's text-embeddings-inference. It has no instruction.
//
// With raw_scores it answers the classifier's one logit, to which it otherwise applies the sigmoid (core/src/infer.rs,
// predict), so a raw score is a Score.Logit as it stands. It is asked for only where /info has shown that this is TEI:
// an imitator that ignored raw_scores would have its relevances taken for logits.
func tei() dialect {
	return dialect{
		name:   "tei",
		path:   "/rerank",
		limit:  teiLimit,
		disarm: disarm,
		encode: func(q question) map[string]any { // top_n is unknown to it: it answers all
			return map[string]any{
				"query": q.query, "texts": q.documents, "raw_scores": q.raw, "return_text": false,
				"truncate": true, // the end of the document; a pair that is too long is an error otherwise
			}
		},
		decode: decodeList,
		ask:    askTEI,
	}
}

// askTEI reads GET /info.
func askTEI(ctx context.Context, w wire, root *url.URL) (about, error) {
	var info struct {
		Model     string         `json:"model_id"`
		Type      map[string]any `json:"model_type"` // one key: reranker, classifier or embedding
		Batch     int            `json:"max_client_batch_size"`
		MaxInput  int            `json:"max_input_length"`
		Truncates bool           `json:"auto_truncate"`
		Version   string         `json:"version"`
	}
	if err := w.get(ctx, root, "/info", &info); err != nil {
		return about{}, err
	}
	if info.Model == "" || info.Batch <= 0 {
		return about{}, nil
	}
	a := about{
		dialect: "tei", server: "text-embeddings-inference " + info.Version, model: info.Model,
		limit: info.Batch, context: max(info.MaxInput, 0), raw: true,
	}
	if _, embeds := info.Type["embedding"]; embeds {
		return a, fmt.Errorf("TEI serves %s here, an embedding model: start it with a reranker", info.Model)
	}
	return a, nil
}
