package remote

import (
	"context"
	"net/url"
)

// infinity is https://github.com/michaelfeil/infinity. It has no instruction.
//
// Its raw_scores are the logits before the sigmoid (inference/batch_handler.py, rerank), but versions without that key
// ignore it, and nothing that a server says tells its version; so relevances are asked for, at the cost of a few digits
// where they are near 1. Its usage is not read: unless told otherwise it counts characters, not tokens.
func infinity() dialect {
	return dialect{
		name:   "infinity",
		path:   "/rerank",
		disarm: disarm,
		encode: func(q question) map[string]any {
			return flat(q, map[string]any{"top_n": len(q.documents), "return_documents": false, "raw_scores": false})
		},
		decode: func(body []byte) (answer, error) {
			a, err := decodeResults(body)
			a.tokens = 0
			return a, err
		},
		ask: askInfinity,
	}
}

// askInfinity reads the list of models, which stands at the root or, with --url-prefix /v1, below it.
func askInfinity(ctx context.Context, w wire, root *url.URL) (about, error) {
	a, err := askModels(ctx, w, root, "/models")
	if err != nil && !isUnreachable(err) {
		return askModels(ctx, w, root, "/v1/models")
	}
	return a, err
}
