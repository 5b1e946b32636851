package remote

import (
	"context"
	"net/url"
	"slices"
)

// llamaServer is llama.cpp's server, started with --reranking. The prompt, instruction included, comes from the GGUF's
// template "rerank": a request cannot change it. The scores of a model that is not a Qwen3-Reranker are raw logits there,
// which judge refuses.
func llamaServer() dialect {
	return dialect{
		name: "llama-server",
		path: "/v1/rerank",
		encode: func(q question) map[string]any {
			return flat(q, map[string]any{"top_n": len(q.documents)})
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
			ID           string   `json:"id"`
			Owner        string   `json:"owned_by"`
			MaxLen       int      `json:"max_model_len"` // vLLM
			Capabilities []string `json:"capabilities"`  // Infinity
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
		a.context = max(m.MaxLen, 0)
	}
	if len(a.models) == 1 {
		a.model = a.models[0]
	}
	return a, nil
}
