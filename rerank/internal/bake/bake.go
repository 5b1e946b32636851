// Package bake makes GGUF files of models that have the shape of a Qwen3-Reranker and random weights, for tests: of the
// engine against its reference, and of servers that load the same file.
//
// Random weights judge nothing, and among random numbers "yes" and "no" are two tokens like any other. A server shows
// the likeliest tokens only, so [Recipe.Lift] plants a direction that raises both words, or one of them, above the rest.
package bake

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/quern-search/quern/rerank/internal/gguf"
)

// A Recipe describes a model.
type Recipe struct {
	Weights gguf.Type // of matrices; norms are F32
	Head    string    // "tied", "separate" (output.weight) or "classifier" (cls.output.weight)
	Size    Size      // the zero value is the one that the constants say
	Lift    Lift      // which answers stand above all other tokens; the zero value leaves them where chance puts them
	Change  func(kv map[string]any, tensors map[string]*gguf.TensorData)
}

// A Lift says which answers a model has at hand.
type Lift int

// The lifts.
const (
	LiftNone   Lift = iota
	LiftBoth        // "yes" and "no" are the two likeliest tokens of every prompt, in either order
	LiftYes         // "yes" is the likeliest and "no" the least likely of all
	LiftEnding      // the likeliest is <|im_end|>: the model ends its turn instead of answering
)

// A Size says how large a model is. Head is what one head has of numbers.
type Size struct{ Layers, Hidden, FFN, Heads, KVHeads, Head int }

// The size of a model of which nothing else is said: small, but with all that the real ones have: several layers, shared key
// heads.
const (
	Layers, Hidden, FFN  = 3, 64, 96
	Heads, KVHeads, Head = 4, 2, 32
	Context              = 1024
)

// The direction that a Lift plants: number liftDim of a token's state starts at liftBase in every embedding and no layer
// writes to it, so it stays positive to the end, and the head gives liftGain times it to the tokens that are lifted.
const (
	liftDim  = 0
	liftBase = 2
	liftGain = 30
)

// spread is the deviation of embeddings and heads: it gives logits of a few units, as trained rerankers have them.
const spread = 0.3

// Model returns the GGUF of a recipe. The same recipe gives the same bytes. It panics if the recipe, by its Change, is no
// file that can be written.
func Model(r Recipe) []byte {
	if r.Size == (Size{}) {
		r.Size = Size{Layers, Hidden, FFN, Heads, KVHeads, Head}
	}
	tokens, types, merges := vocabulary()
	kv := metadata(r.Size, tokens, types, merges)
	tensors := map[string]*gguf.TensorData{}
	rng := rand.New(rand.NewPCG(7, 7))
	add := func(name string, kind gguf.Type, mean, deviation float64, dims ...int) {
		n := 1
		for _, d := range dims {
			n *= d
		}
		data := make([]float32, n)
		for i := range data {
			data[i] = float32(mean + deviation*rng.NormFloat64())
		}
		tensors[name] = &gguf.TensorData{Name: name, Dims: dims, Type: kind, Data: data}
	}
	z := r.Size
	add("token_embd.weight", r.Weights, 0, spread, z.Hidden, len(tokens))
	add("output_norm.weight", gguf.F32, 1, 0.1, z.Hidden)
	for l := range z.Layers {
		p := fmt.Sprintf("blk.%d.", l)
		for _, m := range []struct {
			name string
			n    int
		}{{"attn_norm", z.Hidden}, {"ffn_norm", z.Hidden}, {"attn_q_norm", z.Head}, {"attn_k_norm", z.Head}} {
			add(p+m.name+".weight", gguf.F32, 1, 0.1, m.n)
		}
		for _, m := range []struct {
			name    string
			in, out int
		}{
			{"attn_q", z.Hidden, z.Heads * z.Head}, {"attn_k", z.Hidden, z.KVHeads * z.Head}, {"attn_v", z.Hidden, z.KVHeads * z.Head},
			{"attn_output", z.Heads * z.Head, z.Hidden}, {"ffn_gate", z.Hidden, z.FFN}, {"ffn_up", z.Hidden, z.FFN}, {"ffn_down", z.FFN, z.Hidden},
		} {
			add(p+m.name+".weight", r.Weights, 0, 0.15, m.in, m.out)
		}
	}
	switch r.Head {
	case "separate":
		add("output.weight", r.Weights, 0, spread, z.Hidden, len(tokens))
	case "classifier":
		add("cls.output.weight", r.Weights, 0, spread, z.Hidden, 2)
		kv["qwen3.classifier.output_labels"] = []string{"yes", "no"}
		kv["qwen3.pooling_type"] = uint32(4) // by rank: what llama.cpp and Ollama tell a classifier by
	}
	lift(r, tokens, tensors)
	if r.Change != nil {
		r.Change(kv, tensors)
	}
	return write(kv, tensors)
}

func metadata(z Size, tokens []string, types []int32, merges []string) map[string]any {
	return map[string]any{
		"general.architecture": "qwen3", "general.name": "random",
		"qwen3.block_count": uint32(z.Layers), "qwen3.embedding_length": uint32(z.Hidden), "qwen3.feed_forward_length": uint32(z.FFN),
		"qwen3.attention.head_count": uint32(z.Heads), "qwen3.attention.head_count_kv": uint32(z.KVHeads),
		"qwen3.attention.key_length": uint32(z.Head), "qwen3.attention.value_length": uint32(z.Head),
		"qwen3.context_length": uint32(Context), "qwen3.rope.freq_base": float32(10000),
		"qwen3.attention.layer_norm_rms_epsilon": float32(1e-6),
		"tokenizer.ggml.model":                   "gpt2", "tokenizer.ggml.pre": "qwen2",
		"tokenizer.ggml.tokens": tokens, "tokenizer.ggml.token_type": types, "tokenizer.ggml.merges": merges,
		"tokenizer.ggml.eos_token_id": uint32(slices.Index(tokens, "<|im_end|>")), "tokenizer.ggml.add_bos_token": false,
	}
}

// lift plants the direction that the recipe asks for.
func lift(r Recipe, tokens []string, tensors map[string]*gguf.TensorData) {
	if r.Lift == LiftNone {
		return
	}
	embed := tensors["token_embd.weight"].Data
	for row := range tokens {
		embed[row*r.Size.Hidden+liftDim] = liftBase
	}
	for l := range r.Size.Layers {
		for name, in := range map[string]int{"attn_output": r.Size.Heads * r.Size.Head, "ffn_down": r.Size.FFN} {
			clear(tensors[fmt.Sprintf("blk.%d.%s.weight", l, name)].Data[liftDim*in:][:in])
		}
	}
	head := embed
	if t, ok := tensors["output.weight"]; ok {
		head = t.Data
	}
	gains := map[Lift]map[string]float32{
		LiftBoth:   {"yes": liftGain, "no": liftGain},
		LiftYes:    {"yes": liftGain, "no": -liftGain},
		LiftEnding: {"<|im_end|>": liftGain},
	}
	for token, gain := range gains[r.Lift] {
		head[slices.Index(tokens, token)*r.Size.Hidden+liftDim] = gain
	}
}

func write(kv map[string]any, tensors map[string]*gguf.TensorData) []byte {
	var list []gguf.KV
	for _, k := range slices.Sorted(maps.Keys(kv)) {
		list = append(list, gguf.KV{Key: k, Value: kv[k]})
	}
	var data []gguf.TensorData
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		data = append(data, *tensors[name])
	}
	var b bytes.Buffer
	if err := gguf.Write(&b, list, data); err != nil {
		panic(fmt.Sprintf("bake: %v", err))
	}
	return b.Bytes()
}

// vocabulary has all bytes, "yes", "no" and the control tokens of the prompt.
func vocabulary() (tokens []string, types []int32, merges []string) {
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
