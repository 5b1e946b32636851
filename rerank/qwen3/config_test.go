package qwen3

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
)

// The files that transformers 4 and 5 write say the same in different words.
func TestConfigOfBothVersions(t *testing.T) {
	want := shape{layers: 3, hidden: 64, ffn: 96, heads: 2, kvHeads: 1, headDim: 128, context: 1024, ropeBase: 1e6, eps: 1e-6}
	five, err := os.ReadFile("testdata/pytorch/tied/config.json")
	if err != nil {
		t.Fatal(err)
	}
	four := `{
		"architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "head_dim": 128, "hidden_act": "silu", "hidden_size": 64,
		"intermediate_size": 96, "max_position_embeddings": 1024, "model_type": "qwen3", "num_attention_heads": 2,
		"num_hidden_layers": 3, "num_key_value_heads": 1, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000,
		"sliding_window": null, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "use_sliding_window": false,
		"vocab_size": 352}`
	for _, data := range [][]byte{five, []byte(four)} {
		var c config
		if err := json.Unmarshal(data, &c); err != nil {
			t.Fatal(err)
		}
		if got, err := c.shape(); err != nil || got != want || c.Vocabulary != 352 || !c.TiedHead || c.classifies() {
			t.Errorf("%+v, %+v, %v", got, c, err)
		}
	}
}

// A config.json is refused, or is of a size that the engine can take.
func FuzzConfig(f *testing.F) {
	_, files := folder(f, "tied", bake.Layout{Weights: gguf.F32})
	f.Add(files[configFile])
	f.Add([]byte(`{"model_type":"qwen3","architectures":["Qwen3ForSequenceClassification"],"rope_parameters":{"rope_theta":1e4}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c config
		if json.Unmarshal(data, &c) != nil {
			return
		}
		s, err := c.shape()
		if err != nil {
			return
		}
		for _, n := range []int{s.layers, s.hidden, s.ffn, s.heads, s.kvHeads, s.headDim, s.context, c.Vocabulary} {
			if n <= 0 || n > maxContext {
				t.Fatalf("%+v", s)
			}
		}
		if s.heads*s.headDim > maxWidth || s.kvHeads > s.heads {
			t.Fatalf("%+v", s)
		}
		for n := range tensorNames(&c) {
			if n.gguf == "" || n.saved == "" {
				t.Fatalf("%+v", n)
			}
		}
	})
}
