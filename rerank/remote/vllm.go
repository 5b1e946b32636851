package remote

import (
	"context"
	"net/url"
	"strings"
)

// vllm is vLLM with a model of the score task. Newer ones hand the key instruction to their chat template, older ones
// ignore it without a word, so the server's own schema is asked. (That the template heeds it nobody can ask; the one in
// vLLM's examples does.) It is not asked to cut what is too long: it would cut the finished prompt, template and all.
func vllm() dialect {
	return dialect{
		name:     "vllm",
		path:     "/v1/rerank",
		instruct: "instruction",
		disarm:   disarm,
		refuses:  true,
		encode: func(q question) map[string]any {
			form := flat(q, map[string]any{"top_n": len(q.documents)})
			if q.instruct != "" {
				form["instruction"] = q.instruct
			}
			return form
		},
		decode: decodeResults,
		ask:    askVLLM,
	}
}

func askVLLM(ctx context.Context, w wire, root *url.URL) (about, error) {
	a, err := askModels(ctx, w, root, "/v1/models")
	a.mute = true // unless its schema says otherwise: an instruction is not to be lost
	if err != nil {
		return a, err
	}
	var schema struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := w.get(ctx, root, "/openapi.json", &schema); err != nil {
		return a, nil // some are started without it
	}
	for name, s := range schema.Components.Schemas {
		if _, has := s.Properties["instruction"]; has && strings.Contains(name, "Rerank") {
			a.mute = false
		}
	}
	var version struct {
		Version string `json:"version"`
	}
	if err := w.get(ctx, root, "/version", &version); err == nil && version.Version != "" {
		a.server = "vLLM " + version.Version
	}
	return a, nil
}
