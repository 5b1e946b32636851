package qwen3

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
	"github.com/quern-search/quern/rerank/internal/safetensors"
)

// folder writes the files of a random model and returns their place and names.
func folder(t testing.TB, head string, l bake.Layout) (dir string, files map[string][]byte) {
	t.Helper()
	files, err := bake.Folder(bake.Model(bake.Recipe{Weights: gguf.F32, Head: head}), l)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, files), files
}

func write(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Qwen3-Reranker-Little")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := bake.WriteFolder(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFoldersAgreeWithReference(t *testing.T) {
	task := rerank.Task{Query: "红酒?", Instruct: "judge", Documents: wine.Documents[2:4]}
	for _, weights := range []gguf.Type{gguf.F32, gguf.F16, gguf.BF16} {
		for name, c := range map[string]struct {
			head string
			bake.Layout
		}{
			"tied":       {"tied", bake.Layout{}},
			"separate":   {"separate", bake.Layout{Shards: 3}},
			"classifier": {"separate", bake.Layout{Classifier: true}},
		} {
			t.Run(fmt.Sprintf("%v/%s", weights, name), func(t *testing.T) {
				c.Weights = weights
				dir, _ := folder(t, c.head, c.Layout)
				e, err := Open(dir, Config{})
				if err != nil {
					t.Fatal(err)
				}
				src, err := openSource(dir)
				if err != nil {
					t.Fatal(err)
				}
				defer src.close()
				compare(t, e, src, task)
			})
		}
	}
}

// In F32 nothing is lost on the way, so that a model judges the same from either form, to the bit.
func TestFolderJudgesAsTheGGUF(t *testing.T) {
	for _, head := range []string{"tied", "separate"} {
		want := judge(t, openBytes(t, bake.Model(bake.Recipe{Weights: gguf.F32, Head: head}), Config{}), wine)
		for _, l := range []bake.Layout{{Weights: gguf.F32}, {Weights: gguf.F32, Shards: 4}, {Weights: gguf.F32, Classifier: true}} {
			dir, _ := folder(t, head, l)
			e, err := Open(dir, Config{})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(dir); err != nil { // its files may go away
				t.Fatal(err)
			}
			if got := judge(t, e, wine); !slices.Equal(got, want) {
				t.Errorf("%s, %+v: %v, and from the GGUF %v", head, l, got, want)
			}
		}
	}
}

func TestPathsOfAFolder(t *testing.T) {
	single, _ := folder(t, "tied", bake.Layout{Weights: gguf.F32})
	sharded, _ := folder(t, "tied", bake.Layout{Weights: gguf.F32, Shards: 2})
	cached := filepath.Join(t.TempDir(), "models--Qwen--Qwen3-Reranker-0.6B", "snapshots", "6e9e69830b95c52b5fd889b7690dda3329508de3")
	if err := os.MkdirAll(filepath.Dir(cached), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(write(t, filesOf(t, single)), cached); err != nil {
		t.Fatal(err)
	}
	for path, name := range map[string]string{
		single:                        "Qwen3-Reranker-Little",
		single + "/":                  "Qwen3-Reranker-Little",
		single + "/model.safetensors": "Qwen3-Reranker-Little",
		sharded:                       "Qwen3-Reranker-Little",
		sharded + "/" + indexFile:     "Qwen3-Reranker-Little",
		sharded + "/model-00002-of-00002.safetensors": "Qwen3-Reranker-Little",
		cached: "Qwen3-Reranker-0.6B",
	} {
		e, err := Open(path, Config{})
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if m := e.Model(); m.Name != name || m.Kind != "qwen3" || m.Context != bake.Context || m.Blend != 0 {
			t.Errorf("%s: %+v", path, m)
		}
	}
	if err := os.WriteFile(filepath.Join(single, "other.safetensors"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(single, "other.safetensors"), Config{}); err == nil || !strings.Contains(err.Error(), "not among the files of the model") {
		t.Errorf("a file beside the model: %v", err)
	}
	t.Chdir(single)
	if e, err := Open(".", Config{}); err != nil || e.Model().Name != "Qwen3-Reranker-Little" {
		t.Errorf("from within: %v", err)
	}
}

func filesOf(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if files[f.Name()], err = os.ReadFile(filepath.Join(dir, f.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// A byte changed anywhere makes another model, whose scores are not those that were kept of the first.
func TestFingerprintCoversAllFiles(t *testing.T) {
	_, files := folder(t, "separate", bake.Layout{Weights: gguf.F32, Shards: 2})
	fingerprint := func(files map[string][]byte) string {
		e, err := Open(write(t, files), Config{})
		if err != nil {
			t.Fatal(err)
		}
		return e.Model().Fingerprint
	}
	first := fingerprint(files)
	if again := fingerprint(files); again != first {
		t.Errorf("the same files: %s and %s", first, again)
	}
	for name, data := range files {
		changed := maps.Clone(files)
		changed[name] = bytes.Clone(data)
		if strings.HasSuffix(name, ".json") {
			changed[name] = append(changed[name], '\n')
		} else {
			changed[name][len(data)-1] ^= 1
		}
		if fingerprint(changed) == first {
			t.Errorf("%s is not in the fingerprint", name)
		}
	}
}

func TestFoldersThatAreRefused(t *testing.T) {
	_, files := folder(t, "separate", bake.Layout{Weights: gguf.BF16})
	_, sharded := folder(t, "separate", bake.Layout{Weights: gguf.BF16, Shards: 3})
	// with returns the files with some changed or, if nil, left out.
	with := func(files map[string][]byte, change map[string][]byte) map[string][]byte {
		files = maps.Clone(files)
		maps.Copy(files, change)
		maps.DeleteFunc(files, func(_ string, data []byte) bool { return data == nil })
		return files
	}
	config := func(key string, value any) map[string][]byte {
		var c map[string]any
		if err := json.Unmarshal(files["config.json"], &c); err != nil {
			t.Fatal(err)
		}
		c[key] = value
		data, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return with(files, map[string][]byte{"config.json": data})
	}
	weights := func(change func([]safetensors.TensorData) []safetensors.TensorData) map[string][]byte {
		f, err := safetensors.Read(bytes.NewReader(files[weightsFile]), int64(len(files[weightsFile])))
		if err != nil {
			t.Fatal(err)
		}
		var list []safetensors.TensorData
		for _, tensor := range f.Tensors {
			data := files[weightsFile][tensor.Offset:][:tensor.Size]
			list = append(list, safetensors.TensorData{Name: tensor.Name, DType: tensor.DType, Shape: tensor.Shape, Data: data})
		}
		var b bytes.Buffer
		if err := safetensors.Write(&b, change(list)); err != nil {
			t.Fatal(err)
		}
		return with(files, map[string][]byte{weightsFile: b.Bytes()})
	}
	pointer := []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
	modules := []byte(`[{"type": "sentence_transformers.models.Transformer"}, {"type": "sentence_transformers.models.Pooling"}]`)
	for _, c := range []struct {
		name  string
		files map[string][]byte
		want  string
	}{
		{"an empty folder", nil, "the folder has no config.json: give a GGUF file, or a folder with config.json, tokenizer.json and model.safetensors"},
		{"a folder of GGUFs", map[string][]byte{"a.gguf": {}, "b.gguf": {}}, "it holds a.gguf: give the path of that file"},
		{"a GGUF with its config.json", with(files, map[string][]byte{weightsFile: nil, "a.gguf": {}}), "has no model.safetensors: it holds a.gguf: give the path"},
		{"PyTorch's own form", with(files, map[string][]byte{weightsFile: nil, "pytorch_model-00001-of-00002.bin": {}}), "PyTorch's own form (pytorch_model-00001-of-00002.bin)"},
		{"ONNX", with(files, map[string][]byte{weightsFile: nil, "model_q4.onnx": {}}), "it holds model_q4.onnx"},
		{"a LoRA adapter", map[string][]byte{"adapter_config.json": {}, "adapter_model.safetensors": {}}, "a LoRA adapter"},
		{"weights without an index", with(sharded, map[string][]byte{indexFile: nil}), "download the folder whole"},
		{"no weights", with(files, map[string][]byte{weightsFile: nil}), "the folder has no model.safetensors"},
		{"no tokenizer", with(files, map[string][]byte{tokenizerFile: nil}), "the folder has no tokenizer.json"},
		{"a Git LFS pointer for weights", with(files, map[string][]byte{weightsFile: pointer}), "model.safetensors: safetensors: not a safetensors file: it is a Git LFS pointer"},
		{"a Git LFS pointer for the tokenizer", with(files, map[string][]byte{tokenizerFile: pointer}), "tokenizer.json is no JSON (invalid character 'v' looking for beginning of value): it is a Git LFS pointer"},
		{"half a download", with(files, map[string][]byte{weightsFile: files[weightsFile][:50_000]}), "the download is incomplete"},
		{"a shard that is missing", with(sharded, map[string][]byte{"model-00002-of-00003.safetensors": nil}), "lacks model-00002-of-00003.safetensors, one of those that model.safetensors.index.json names"},
		{"a shard outside", with(sharded, map[string][]byte{indexFile: []byte(`{"weight_map":{"a":"../model.safetensors"}}`)}), "which is not in the folder"},
		{"an index of nothing", with(sharded, map[string][]byte{indexFile: []byte(`{}`)}), "names no files"},
		{"a tensor in two shards", with(sharded, map[string][]byte{"model-00002-of-00003.safetensors": sharded["model-00001-of-00003.safetensors"]}), "do not belong together"},
		{"an embedding model", with(files, map[string][]byte{modulesFile: modules}), "an embedding model"},
		{"another family", config("model_type", "qwen2"), `of type "qwen2", not "qwen3"`},
		{"a base model", config("architectures", []string{"Qwen3Model"}), `["Qwen3Model"], neither a Qwen3ForCausalLM nor`},
		{"weights in 8 bits", config("quantization_config", map[string]any{"quant_method": "fp8"}), "quantised by fp8"},
		{"weights in MLX's 4 bits", config("quantization", map[string]any{"bits": 4}), "quantised by the MLX"},
		{"scaled positions", config("rope_scaling", map[string]any{"type": "yarn"}), `RoPE scaling "yarn"`},
		{"scaled positions, by transformers 5", config("rope_parameters", map[string]any{"rope_type": "linear", "rope_theta": 1e6}), `RoPE scaling "linear"`},
		{"another activation", config("hidden_act", "gelu"), `"gelu"`},
		{"a bias", config("attention_bias", true), "a bias"},
		{"a sliding window", config("use_sliding_window", true), "sliding window"},
		{"one in a layer", config("layer_types", []string{"full_attention", "sliding_attention"}), "sliding window"},
		{"no layers", config("num_hidden_layers", nil), `"num_hidden_layers" is 0`},
		{"a layer too many", config("num_hidden_layers", bake.Layers+1), `"model.layers.3.input_layernorm.weight" is missing`},
		{"layers without end", config("num_hidden_layers", 1<<40), `"num_hidden_layers" is 1099511627776`},
		{"half a layer", config("num_hidden_layers", 1.5), "config.json: json: cannot unmarshal number 1.5"},
		{"another width", config("intermediate_size", 128), "metadata says"},
		{"tokens that are not there", config("vocab_size", 1<<23), "has 288 rows"},
		{"no RoPE", config("rope_theta", nil), `"rope_theta" is 0`},
		{"weights in 64 bits", weights(func(list []safetensors.TensorData) []safetensors.TensorData {
			for i, x := range list {
				list[i].DType, list[i].Data = "F64", slices.Repeat(x.Data, 4)
			}
			return list
		}), "is F64, which is not read here: take the model in BF16"},
		{"a classifier of two labels", with(weights(func(list []safetensors.TensorData) []safetensors.TensorData {
			return append(list, safetensors.TensorData{Name: scoreName, DType: "BF16", Shape: []int{2, bake.Hidden}, Data: make([]byte, 4*bake.Hidden)})
		}), map[string][]byte{configFile: config("architectures", []string{classifier})[configFile]}), "a classifier of 2 labels: a Qwen3-Reranker has one"},
		{"no head", weights(func(list []safetensors.TensorData) []safetensors.TensorData {
			return slices.DeleteFunc(list, func(x safetensors.TensorData) bool { return x.Name == "lm_head.weight" })
		}), `"lm_head.weight" is missing`},
		{"an embedding model without more", weights(func(list []safetensors.TensorData) []safetensors.TensorData {
			for i, x := range list {
				list[i].Name = strings.TrimPrefix(x.Name, "model.")
			}
			return list
		}), "an embedding model"},
	} {
		_, err := Open(write(t, c.files), Config{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), `qwen3: open "`) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// A folder may claim any size; memory follows the bytes that are there.
func TestClaimsOfAFolderCostNoMemory(t *testing.T) {
	for key, value := range map[string]int{"vocab_size": maxVocabulary, "num_hidden_layers": maxLayers, "intermediate_size": maxWidth, "head_dim": maxWidth / 4} {
		dir, _ := folder(t, "tied", bake.Layout{Weights: gguf.F32, Change: func(c map[string]any) { c[key] = value }})
		if used := allocated(func() {
			if _, err := Open(dir, Config{}); err == nil {
				t.Errorf("%s of %d: it was opened", key, value)
			}
		}); used > 2<<20 {
			t.Errorf("%s of %d: %d bytes allocated", key, value, used)
		}
	}
}
