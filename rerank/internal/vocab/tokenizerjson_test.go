package vocab

import (
	"bytes"
	"encoding/json"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/bake"
	"github.com/quern-search/quern/rerank/internal/gguf"
)

// tokenizerJSONOf is what transformers would save of the tokenizer of a GGUF.
func tokenizerJSONOf(t testing.TB, r io.Reader) []byte {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	files, err := bake.Folder(data, bake.Layout{Weights: gguf.F32})
	if err != nil {
		t.Fatal(err)
	}
	return files["tokenizer.json"]
}

func tinyJSON(t testing.TB) []byte {
	r, size := fixtures.Model()
	return tokenizerJSONOf(t, io.NewSectionReader(r, 0, size))
}

func smallJSON(t testing.TB) []byte {
	return tokenizerJSONOf(t, bytes.NewReader(bake.Model(bake.Recipe{Weights: gguf.F16, Head: "tied"})))
}

func TestTokenizerJSONSaysWhatTheGGUFSays(t *testing.T) {
	want := source(t)
	got, err := FromTokenizerJSON(tinyJSON(t), len(want.Tokens))
	if err != nil {
		t.Fatal(err)
	}
	for i, kind := range want.Types {
		if kind == unused {
			want.Tokens[i] = "" // a place that a GGUF has to name
		}
	}
	if got.Model != want.Model || got.Pre != want.Pre || !slices.Equal(got.Tokens, want.Tokens) ||
		!slices.Equal(got.Types, want.Types) || !slices.Equal(got.Merges, want.Merges) {
		t.Errorf("%d tokens, %d types, %d merges of %d, %d, %d are not the same",
			len(got.Tokens), len(got.Types), len(got.Merges), len(want.Tokens), len(want.Types), len(want.Merges))
	}
}

// change returns a tokenizer.json with something set, by a path of keys with dots between.
func change(t testing.TB, file []byte, path string, value any) []byte {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(file, &root); err != nil {
		t.Fatal(err)
	}
	at, keys := root, strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		at = at[key].(map[string]any)
	}
	at[keys[len(keys)-1]] = value
	changed, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// Older files and newer ones write merges in different ways, leave out what is not set, and may have a model larger than its
// tokenizer.
func TestTokenizerJSONOfOtherVersions(t *testing.T) {
	file := smallJSON(t)
	v, err := FromTokenizerJSON(file, 300)
	if err != nil {
		t.Fatal(err)
	}
	for name, changed := range map[string][]byte{
		"merges in pairs":                       change(t, file, "model.merges", [][]string{{"y", "e"}, {"ye", "s"}, {"n", "o"}}),
		"no prefix":                             change(t, file, "model.continuing_subword_prefix", nil),
		"no post-processor":                     change(t, file, "post_processor", nil),
		"added tokens that are plain ones, too": change(t, file, "model.vocab.<|endoftext|>", 0),
	} {
		got, err := FromTokenizerJSON(changed, 300)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !slices.Equal(got.Tokens, v.Tokens) || !slices.Equal(got.Types, v.Types) || !slices.Equal(got.Merges, v.Merges) {
			t.Errorf("%s: another vocabulary", name)
		}
	}
	if _, err := New(v); err != nil {
		t.Error(err)
	}
}

func TestOtherTokenizersAreRefused(t *testing.T) {
	file := smallJSON(t)
	added := func(id int, content string) []any {
		return []any{map[string]any{"id": id, "content": content, "special": true}}
	}
	for _, c := range []struct {
		name, path string
		value      any
		want       string
	}{
		{"words", "model.type", "WordPiece", `of type "WordPiece"`},
		{"dropout", "model.dropout", 0.1, "dropout"},
		{"SentencePiece's bytes", "model.byte_fallback", true, "byte_fallback"},
		{"whole words first", "model.ignore_merges", true, "ignore_merges"},
		{"ends of words", "model.end_of_word_suffix", "</w>", "suffixes"},
		{"no normaliser", "normalizer", nil, "NFC"},
		{"another normaliser", "normalizer.type", "NFKC", "NFC"},
		{"no pre-tokeniser", "pre_tokenizer", nil, "pre-tokeniser"},
		{"another pattern", "pre_tokenizer.pretokenizers", []any{
			map[string]any{"type": "Split", "pattern": map[string]any{"Regex": `\p{N}{1,3}`}, "behavior": "Isolated"},
			map[string]any{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false},
		}, "pre-tokeniser"},
		{"GPT-2's own pattern", "pre_tokenizer", map[string]any{"type": "ByteLevel", "add_prefix_space": false}, "pre-tokeniser"},
		{"a token beyond the model", "model.vocab.zz", 300, `"zz" is number 300, and the model has 300`},
		{"a token before the first", "model.vocab.zz", -1, `"zz" is number -1`},
		{"a token far away", "model.vocab.zz", 1 << 40, `"zz" is number 1099511627776`},
		{"two tokens of one number", "model.vocab.zz", 100, "are both number 100"},
		{"an added token in a plain one's place", "added_tokens", added(100, "<think>"), "are both number 100"},
		{"an added token that takes spaces", "added_tokens", []any{map[string]any{"id": 0, "content": "<|im_end|>", "rstrip": true}}, "takes white space"},
		{"a merge of three", "model.merges", [][]string{{"a", "b", "c"}}, "not two tokens"},
		{"a merge with a space", "model.merges", [][]string{{"a b", "c"}}, "not two tokens"},
		{"numbers for merges", "model.merges", []int{1}, "cannot unmarshal"},
	} {
		if _, err := FromTokenizerJSON(change(t, file, c.path, c.value), 300); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// A file may claim any number for a token; memory follows the size that the model proved.
func TestTokenNumbersCostNoMemory(t *testing.T) {
	file := change(t, smallJSON(t), "model.vocab.zz", 1<<40)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := FromTokenizerJSON(file, 300)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; err == nil || used > 1<<20 {
		t.Errorf("%d bytes allocated, %v", used, err)
	}
}

func FuzzTokenizerJSON(f *testing.F) {
	f.Add(smallJSON(f), 300, "yes or no")
	f.Add(change(f, smallJSON(f), "model.merges", [][]string{{"y", "e"}}), 300, "\xff<|im_end|>")
	f.Add([]byte(`{"added_tokens":[{"id":0,"content":"a"}],"model":{"type":"BPE","vocab":{"a":1},"merges":["a a",["a","a"]]}}`), 2, "")
	f.Fuzz(func(t *testing.T, data []byte, size int, text string) {
		s, err := FromTokenizerJSON(data, max(0, min(size, 1000)))
		if err != nil {
			return
		}
		v, err := New(s)
		if err != nil {
			return
		}
		ids := v.Document(text, len(v.Suffix)+100)
		for _, id := range ids {
			if id < 0 || int(id) >= v.Size() {
				t.Fatalf("%q has token %d of %d", text, id, v.Size())
			}
		}
		if _, _, err := v.Prefix(rerank.Task{Query: text}, 1000); err != nil {
			t.Fatal(err)
		}
	})
}
