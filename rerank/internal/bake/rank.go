package bake

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/gguf"
)

// Rank makes of a causal Qwen3-Reranker's GGUF the one that llama.cpp calls a reranker: the same weights, and beside them
// what llama-server needs to answer /v1/rerank, which its converter takes from the original model's settings. That is a
// head of two rows, which are those of "yes" and "no"; the labels of these rows; pooling by rank; and the prompt, as a
// template. Without them llama-server answers numbers that mean nothing.
//
// Matrices are stored as weights says: widened to F32, they show how far two programs agree but for rounding.
func Rank(causal []byte, weights gguf.Type) ([]byte, error) {
	f, err := gguf.Read(bytes.NewReader(causal), int64(len(causal)))
	if err != nil {
		return nil, fmt.Errorf("bake: %w", err)
	}
	var tensors []gguf.TensorData
	for _, t := range f.Tensors {
		data, err := f.Float32(t)
		if err != nil {
			return nil, fmt.Errorf("bake: %w", err)
		}
		kind := t.Type
		if t.Rows() > 1 {
			kind = weights
		}
		tensors = append(tensors, gguf.TensorData{Name: t.Name, Dims: t.Dims, Type: kind, Data: data})
	}
	head, err := rankHead(f)
	if err != nil {
		return nil, fmt.Errorf("bake: %w", err)
	}
	var b bytes.Buffer
	if err := gguf.Write(&b, append(f.Metadata(), rankMetadata()...), append(tensors, head)); err != nil {
		return nil, fmt.Errorf("bake: %w", err)
	}
	return b.Bytes(), nil
}

func rankMetadata() []gguf.KV {
	// llama-server puts query and document in the place of these two words.
	template := rerank.Prompt(rerank.Task{Query: "{query}"}, "{document}")
	return []gguf.KV{
		{Key: "qwen3.pooling_type", Value: uint32(4)},
		{Key: "qwen3.classifier.output_labels", Value: []string{"yes", "no"}},
		{Key: "tokenizer.chat_template.rerank", Value: template},
		{Key: "tokenizer.chat_templates", Value: []string{"rerank"}},
	}
}

// rankHead is the head of two rows.
func rankHead(f *gguf.File) (gguf.TensorData, error) {
	rows, err := rankRows(f)
	if err != nil {
		return gguf.TensorData{}, err
	}
	return gguf.TensorData{Name: "cls.output.weight", Dims: []int{len(rows) / 2, 2}, Type: gguf.F32, Data: rows}, nil
}

// rankRows are the rows of "yes" and "no", in this order, of the causal head, which is the embedding where the two are tied.
func rankRows(f *gguf.File) ([]float32, error) {
	t, ok := f.Tensor("output.weight")
	if !ok {
		t, ok = f.Tensor("token_embd.weight")
	}
	if !ok {
		return nil, fmt.Errorf("the file has neither output.weight nor token_embd.weight")
	}
	numbers, err := f.Float32(t)
	if err != nil {
		return nil, err
	}
	var rows []float32
	tokens := f.Strings("tokenizer.ggml.tokens")
	for _, word := range []string{"yes", "no"} {
		row := slices.Index(tokens, word)
		if row < 0 {
			return nil, fmt.Errorf("the vocabulary has no %q", word)
		}
		rows = append(rows, numbers[row*t.Cols():][:t.Cols()]...)
	}
	return rows, nil
}
