package remote

import (
	"context"
	"errors"
	"net/url"
)

// quern is another quern's POST /v1/rerank: a flat request, an answer in DashScope's own form, as resellers of
// qwen3-rerank have it too.
func quern() dialect {
	return dialect{
		name:     "quern",
		path:     "/v1/rerank",
		limit:    500,
		batch:    defaultBatch,
		instruct: "instruct",
		encode: func(q question) map[string]any {
			return flat(q, map[string]any{"top_n": len(q.documents), "return_documents": false, "instruct": q.instruct})
		},
		decode: decodeOutput,
		ask:    askQuern,
	}
}

// askQuern reads GET /version, which has the two keys that only a quern has side by side, and GET /readyz.
func askQuern(ctx context.Context, w wire, root *url.URL) (about, error) {
	var version struct {
		Version string `json:"version"`
		Go      string `json:"go"`
	}
	if err := w.get(ctx, root, "/version", &version); err != nil {
		return about{}, err
	}
	if version.Go == "" {
		return about{}, nil
	}
	var ready struct {
		Model struct {
			State string `json:"state"`
			Name  string `json:"name"`
		} `json:"model"`
	}
	if err := w.get(ctx, root, "/readyz", &ready); err != nil {
		return about{}, err
	}
	if ready.Model.State == "none" {
		return about{}, errors.New("that quern has no model: start it with one (quern serve --model tiny)")
	}
	return about{dialect: "quern", server: "quern " + version.Version, model: ready.Model.Name}, nil
}
