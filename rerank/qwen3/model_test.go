package qwen3

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/quern-search/quern/rerank/qwen3/internal/gguf"
)

// A recipe describes a model of random weights.
type recipe struct {
	weights gguf.Type // of matrices; norms are F32
	head    string    // "tied", "separate" (output.weight) or "classifier" (cls.output.weight)
	change  func(kv map[string]any, tensors map[string]*gguf.TensorData)
}

// The size of a random model: small, but with all that the real ones have: several layers, shared key heads.
const (
	rLayers, rHidden, rFFN = 3, 64, 96
	rHeads, rKV, rDim      = 4, 2, 32
	rContext               = 1024
)

// bake writes the GGUF of a recipe.
func bake(t testing.TB, r recipe) []byte {
	t.Helper()
	tokens, types, merges := smallVocabulary()
	kv := map[string]any{
		"general.architecture": "qwen3", "general.name": "random",
		"qwen3.block_count": uint32(rLayers), "qwen3.embedding_length": uint32(rHidden), "qwen3.feed_forward_length": uint32(rFFN),
		"qwen3.attention.head_count": uint32(rHeads), "qwen3.attention.head_count_kv": uint32(rKV),
		"qwen3.attention.key_length": uint32(rDim), "qwen3.attention.value_length": uint32(rDim),
		"qwen3.context_length": uint32(rContext), "qwen3.rope.freq_base": float32(10000),
		"qwen3.attention.layer_norm_rms_epsilon": float32(1e-6),
		"tokenizer.ggml.model":                   "gpt2", "tokenizer.ggml.pre": "qwen2",
		"tokenizer.ggml.tokens": tokens, "tokenizer.ggml.token_type": types, "tokenizer.ggml.merges": merges,
	}
	tensors := map[string]*gguf.TensorData{}
	rng := rand.New(rand.NewPCG(7, 7))
	add := func(name string, kind gguf.Type, mean, spread float64, dims ...int) {
		n := 1
		for _, d := range dims {
			n *= d
		}
		data := make([]float32, n)
		for i := range data {
			data[i] = float32(mean + spread*rng.NormFloat64())
		}
		tensors[name] = &gguf.TensorData{Name: name, Dims: dims, Type: kind, Data: data}
	}
	add("token_embd.weight", r.weights, 0, 1, rHidden, len(tokens))
	add("output_norm.weight", gguf.F32, 1, 0.1, rHidden)
	for l := range rLayers {
		p := fmt.Sprintf("blk.%d.", l)
		for name, n := range map[string]int{"attn_norm": rHidden, "ffn_norm": rHidden, "attn_q_norm": rDim, "attn_k_norm": rDim} {
			add(p+name+".weight", gguf.F32, 1, 0.1, n)
		}
		for _, m := range []struct {
			name    string
			in, out int
		}{
			{"attn_q", rHidden, rHeads * rDim}, {"attn_k", rHidden, rKV * rDim}, {"attn_v", rHidden, rKV * rDim},
			{"attn_output", rHeads * rDim, rHidden}, {"ffn_gate", rHidden, rFFN}, {"ffn_up", rHidden, rFFN}, {"ffn_down", rFFN, rHidden},
		} {
			add(p+m.name+".weight", r.weights, 0, 0.15, m.in, m.out)
		}
	}
	switch r.head {
	case "separate":
		add("output.weight", r.weights, 0, 1, rHidden, len(tokens))
	case "classifier":
		add("cls.output.weight", r.weights, 0, 1, rHidden, 2)
		kv["qwen3.classifier.output_labels"] = []string{"yes", "no"}
	}
	if r.change != nil {
		r.change(kv, tensors)
	}
	return write(t, kv, tensors)
}

func write(t testing.TB, kv map[string]any, tensors map[string]*gguf.TensorData) []byte {
	t.Helper()
	var list []gguf.KV
	for k, v := range kv {
		list = append(list, gguf.KV{Key: k, Value: v})
	}
	var data []gguf.TensorData
	for _, d := range tensors {
		data = append(data, *d)
	}
	var b bytes.Buffer
	if err := gguf.Write(&b, list, data); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// smallVocabulary has all bytes, "yes", "no" and the control tokens of the prompt.
func smallVocabulary() (tokens []string, types []int32, merges []string) {
	add := func(kind int32, text ...string) {
		for _, s := range text {
			tokens, types = append(tokens, s), append(types, kind)
		}
	}
	add(3, "<|endoftext|>", "<|im_start|>", "<|im_end|>")
	add(4, "<think>", "</think>")
	// Byte-level BPE spells each byte as a character: printable ones as themselves, the others from U+0100 on.
	next := rune(0x100)
	for b := range 256 {
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			add(1, string(rune(b)))
			continue
		}
		add(1, string(next))
		next++
	}
	add(1, "ye", "yes", "no")
	for len(tokens)%32 != 0 {
		add(5, fmt.Sprintf("[PAD%d]", len(tokens)))
	}
	return tokens, types, []string{"y e", "ye s", "n o"}
}

func openBytes(t testing.TB, data []byte, cfg Config) *Engine {
	t.Helper()
	e, err := New(bytes.NewReader(data), int64(len(data)), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
