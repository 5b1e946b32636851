package remote

import (
	"context"
	"net/url"
	"slices"

	"github.com/quern-search/quern/rerank/internal/control"
)

// llamaServer is llama.cpp's server, started with --reranking. The prompt, instruction included, comes from the GGUF's
// template "rerank": a request cannot change it. The scores of a model that is not a Qwen3-Reranker are raw logits there,
// which judge refuses. It answers for all documents unless told a top_n.
//
// The template is filled with the query first, and then the document takes the place of "{document}" wherever it stands,
// in the query too: a query that has it is made to say "{ document}".
func llamaServer() dialect {
	return dialect{
		name:    "llama-server",
		path:    "/v1/rerank",
		refuses: true,
		disarm: func(q question) question {
			q = disarm(q)
			q.query = control.New([]string{"{document}"}).Harmless(q.query)
			return q
		},
		encode: func(q question) map[string]any {
			return flat(q, nil)
		},
		decode: decodeResults,
		ask: func(ctx context.Context, w wire, root *url.URL) (about, error) {
			return askModels(ctx, w, root, "/v1/models")
		},
	}
}

// owners are the values of owned_by by which a server's list of models gives away what it is.
func owners() map[string]string {
	return map[string]string{"llamacpp": "llama-server", "vllm": "vllm", "infinity": "infinity"}
}

// askModels reads a list of models in OpenAI's form.
func askModels(ctx context.Context, w wire, root *url.URL, path string) (about, error) {
	var list struct {
		Data []struct {
			ID     string `json:"id"`
			Owner  string `json:"owned_by"`
			MaxLen int    `json:"max_model_len"` // vLLM
			Meta   struct {
				Context int `json:"n_ctx"` // of one slot
			} `json:"meta"` // llama-server
			Capabilities []string `json:"capabilities"` // Infinity
		} `json:"data"`
	}
	if err := w.get(ctx, root, path, &list); err != nil {
		return about{}, err
	}
	var a about
	for _, m := range list.Data {
		if len(m.Capabilities) > 0 && !slices.Contains(m.Capabilities, "rerank") {
			continue
		}
		a.dialect = owners()[m.Owner]
		a.models = append(a.models, m.ID)
		if n := max(m.MaxLen, m.Meta.Context); n > 0 && (a.context == 0 || n < a.context) {
			a.context = n // the smallest, where several are served
		}
	}
	if len(a.models) == 1 {
		a.model = a.models[0]
	}
	return a, nil
}
