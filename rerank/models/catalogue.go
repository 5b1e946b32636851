package models

import (
	"slices"
	"strings"
)

// An Entry is a model that is known to work: a name for what else is a long address.
type Entry struct {
	Name    string
	From    string // as Parse reads it
	Size    int64  // about how many bytes it has; 0: not known here
	SHA256  string // that its one file must have; empty: not known here
	Licence string
	Kind    string // of its files: "GGUF Q8_0, classifier"
	Note    string // what is known of it, for people; may be empty
}

// Source is where the entry's model comes from.
func (e Entry) Source() Source {
	s, err := Parse(e.From)
	if err != nil {
		panic(err) // a test parses them all
	}
	s.SHA256 = e.SHA256
	return s
}

// Known returns the catalogue's entry of a name, in upper or lower case.
func Known(name string) (Entry, bool) {
	return first(func(e Entry) bool { return strings.EqualFold(e.Name, name) })
}

// knownFrom returns the entry whose model comes from there.
func knownFrom(s Source) (Entry, bool) {
	return first(func(e Entry) bool { return e.From == s.String() })
}

func first(is func(Entry) bool) (Entry, bool) {
	all := Catalogue()
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return Entry{}, false
}

// Catalogue lists the models that are known to work, the smallest kind first. All are Qwen3-Reranker, published by its
// authors under Apache-2.0, and GGUFs that others made of it.
//
// A GGUF of Qwen3-Reranker is one of two kinds. Converted with llama.cpp of September 2025 or later (pull request 15824)
// it is a classifier, with the rows of "yes" and "no" as its head; those here are. The many plain conversions are causal:
// quern runs both, llama-server only the former.
//
// A checksum stands here where several projects, independent of each other, name the same one for the file, and is what the
// file must have. A size tells people what to expect. Where either is missing, Hugging Face states it when the model is
// pulled; so it does the names of files, where an entry has the form of the weights only.
func Catalogue() []Entry {
	const (
		apache = "Apache-2.0"
		small  = "hf:Voodisss/Qwen3-Reranker-0.6B-GGUF-llama_cpp"
		middle = "hf:Voodisss/Qwen3-Reranker-4B-GGUF-llama_cpp"
		large  = "hf:Voodisss/Qwen3-Reranker-8B-GGUF-llama_cpp"

		q8, q4, f16, bf16 = "GGUF Q8_0, classifier", "GGUF Q4_K_M, classifier", "GGUF F16, classifier", "safetensors BF16"

		smaller = "a smaller file than Q8_0, a little less exact"
		authors = "as the authors publish it"
	)
	return []Entry{
		{
			Name: "qwen3-reranker-0.6b", From: "hf:ggml-org/Qwen3-Reranker-0.6B-Q8_0-GGUF/qwen3-reranker-0.6b-q8_0.gguf",
			Size: 639153184, SHA256: "22c9979ce4fbcdc5acdc310c6641c32797eff1aa980b8f7a2db8a8ea23429a48",
			Licence: apache, Kind: q8, Note: "by the authors of llama.cpp; the one to begin with",
		},
		{
			Name: "qwen3-reranker-0.6b-q4_k_m", From: small + "/Qwen3-Reranker-0.6B-Q4_K_M.gguf",
			Size: 396476288, SHA256: "c04f5f5657c52e04538c455e8c62817db3d3b795b39e9f547f8581510445f075",
			Licence: apache, Kind: q4, Note: smaller,
		},
		{Name: "qwen3-reranker-0.6b-f16", From: small + ":F16", Size: 1197634304, Licence: apache, Kind: f16},
		{Name: "qwen3-reranker-0.6b-bf16", From: "hf:Qwen/Qwen3-Reranker-0.6B", Licence: apache, Kind: bf16, Note: authors},
		{Name: "qwen3-reranker-4b", From: middle + ":Q8_0", Licence: apache, Kind: q8, Note: "better judgments, about eight times the work of 0.6b"},
		{Name: "qwen3-reranker-4b-q4_k_m", From: middle + "/Qwen3-Reranker-4B-Q4_K_M.gguf", Size: 2496717440, Licence: apache, Kind: q4, Note: smaller},
		{Name: "qwen3-reranker-4b-bf16", From: "hf:Qwen/Qwen3-Reranker-4B", Licence: apache, Kind: bf16, Note: authors},
		{Name: "qwen3-reranker-8b", From: large + ":Q8_0", Licence: apache, Kind: q8, Note: "as good as 4b in English, better in Chinese, twice its work"},
		{Name: "qwen3-reranker-8b-q4_k_m", From: large + ":Q4_K_M", Licence: apache, Kind: q4, Note: smaller},
		{Name: "qwen3-reranker-8b-bf16", From: "hf:Qwen/Qwen3-Reranker-8B", Licence: apache, Kind: bf16, Note: authors},
	}
}
