package bake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/internal/safetensors"
)

// A Layout says how Folder lays a model out.
type Layout struct {
	Weights    gguf.Type // F32, F16 or BF16, of all tensors
	Shards     int       // files that tensors are spread over, with an index; 0: one, without
	Classifier bool      // Qwen3ForSequenceClassification: a head of one row, "yes" - "no"
	Change     func(config map[string]any)
}

// Folder makes of a causal Qwen3-Reranker's GGUF the files that its authors publish, by name: config.json, tokenizer.json,
// and safetensors. It is written after those of Qwen/Qwen3-Reranker-0.6B (transformers 4.51).
func Folder(causal []byte, l Layout) (map[string][]byte, error) {
	f, err := gguf.Read(bytes.NewReader(causal), int64(len(causal)))
	if err != nil {
		return nil, fmt.Errorf("bake: %w", err)
	}
	tensors, err := savedTensors(f, l)
	if err != nil {
		return nil, fmt.Errorf("bake: %w", err)
	}
	config := savedConfig(f, l)
	if l.Change != nil {
		l.Change(config)
	}
	files := map[string][]byte{"config.json": toJSON(config), "tokenizer.json": toJSON(savedTokenizer(f))}
	return files, saveTensors(files, tensors, l.Shards)
}

// WriteFolder writes the files of a Folder into a folder that exists.
func WriteFolder(dir string, files map[string][]byte) error {
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return fmt.Errorf("bake: %w", err)
		}
	}
	return nil
}

func toJSON(v any) []byte {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("bake: %v", err)) // maps, lists, texts and numbers only
	}
	return b
}

// saved has what the transformers library calls tensors, by what GGUF does; those of a layer without "blk.N.".
var saved = map[string]string{
	"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
	"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
	"attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm",
	"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
	"ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}

func savedName(name string) string {
	name = strings.TrimSuffix(name, ".weight")
	if rest, ok := strings.CutPrefix(name, "blk."); ok {
		layer, part, _ := strings.Cut(rest, ".")
		return fmt.Sprintf("model.layers.%s.%s.weight", layer, saved[part])
	}
	return saved[name] + ".weight"
}

func savedTensors(f *gguf.File, l Layout) ([]safetensors.TensorData, error) {
	var list []safetensors.TensorData
	for _, t := range f.Tensors {
		numbers, err := f.Float32(t)
		if err != nil {
			return nil, err
		}
		name, shape := savedName(t.Name), slices.Clone(t.Dims)
		if l.Classifier && t.Name == "output.weight" {
			continue
		}
		slices.Reverse(shape)
		list = append(list, safetensors.TensorData{Name: name, DType: l.Weights.String(), Shape: shape, Data: gguf.Encode(l.Weights, numbers)})
	}
	if !l.Classifier {
		return list, nil
	}
	head, err := rankRows(f)
	if err != nil {
		return nil, err
	}
	score := make([]float32, len(head)/2)
	for i := range score {
		score[i] = head[i] - head[len(score)+i]
	}
	return append(list, safetensors.TensorData{
		Name: "score.weight", DType: l.Weights.String(), Shape: []int{1, len(score)}, Data: gguf.Encode(l.Weights, score),
	}), nil
}

// saveTensors adds the files with weights.
func saveTensors(files map[string][]byte, tensors []safetensors.TensorData, shards int) error {
	index, each := map[string]string{}, len(tensors)
	if shards > 0 {
		each = (len(tensors) + shards - 1) / shards
	}
	total, number := 0, 0
	for part := range slices.Chunk(tensors, each) {
		number++
		name := "model.safetensors"
		if shards > 0 {
			name = fmt.Sprintf("model-%05d-of-%05d.safetensors", number, shards)
		}
		for _, t := range part {
			index[t.Name] = name
			total += len(t.Data)
		}
		var b bytes.Buffer
		if err := safetensors.Write(&b, part); err != nil {
			return fmt.Errorf("bake: %w", err)
		}
		files[name] = b.Bytes()
	}
	if shards > 0 {
		files["model.safetensors.index.json"] = toJSON(map[string]any{"metadata": map[string]any{"total_size": total}, "weight_map": index})
	}
	return nil
}

func savedConfig(f *gguf.File, l Layout) map[string]any {
	number := func(key string) uint64 { n, _ := f.Uint("qwen3." + key); return n }
	real := func(key string) float64 { x, _ := f.Float("qwen3." + key); return x }
	_, separate := f.Tensor("output.weight")
	c := map[string]any{
		"architectures": []string{"Qwen3ForCausalLM"}, "model_type": "qwen3", "attention_bias": false, "attention_dropout": 0.0,
		"head_dim": number("attention.key_length"), "hidden_act": "silu", "hidden_size": number("embedding_length"),
		"initializer_range": 0.02, "intermediate_size": number("feed_forward_length"),
		"max_position_embeddings": number("context_length"), "max_window_layers": number("block_count"),
		"num_attention_heads": number("attention.head_count"), "num_hidden_layers": number("block_count"),
		"num_key_value_heads": number("attention.head_count_kv"), "rms_norm_eps": real("attention.layer_norm_rms_epsilon"),
		"rope_scaling": nil, "rope_theta": real("rope.freq_base"), "sliding_window": nil, "use_sliding_window": false,
		"tie_word_embeddings": !separate, "vocab_size": len(f.Strings("tokenizer.ggml.tokens")),
		"torch_dtype": map[gguf.Type]string{gguf.F32: "float32", gguf.F16: "float16", gguf.BF16: "bfloat16"}[l.Weights],
	}
	if l.Classifier {
		c["architectures"], c["id2label"] = []string{"Qwen3ForSequenceClassification"}, map[string]string{"0": "LABEL_0"}
	}
	return c
}

// savedTokenizer is a tokenizer.json. Places of the vocabulary that no token has are left out, as there.
func savedTokenizer(f *gguf.File) map[string]any {
	types, plain, added := f.Ints("tokenizer.ggml.token_type"), map[string]int{}, []any{}
	for id, token := range f.Strings("tokenizer.ggml.tokens") {
		switch types[id] {
		case 1:
			plain[token] = id
		case 3, 4:
			added = append(added, map[string]any{
				"id": id, "content": token, "special": types[id] == 3, "normalized": false, "lstrip": false, "rstrip": false, "single_word": false,
			})
		}
	}
	pattern := `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	byteLevel := func(prefix, regex bool) map[string]any {
		return map[string]any{"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": false, "use_regex": regex}
	}
	return map[string]any{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": added,
		"normalizer": map[string]any{"type": "NFC"},
		"pre_tokenizer": map[string]any{"type": "Sequence", "pretokenizers": []any{
			map[string]any{"type": "Split", "pattern": map[string]any{"Regex": pattern}, "behavior": "Isolated", "invert": false},
			byteLevel(false, false),
		}},
		"post_processor": byteLevel(false, false),
		"decoder":        byteLevel(false, false),
		"model": map[string]any{
			"type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": "", "end_of_word_suffix": "",
			"fuse_unk": false, "byte_fallback": false, "vocab": plain, "merges": f.Strings("tokenizer.ggml.merges"),
		},
	}
}
