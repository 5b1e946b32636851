package bpe

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/quern-search/quern/rerank/internal/gguf"
)

// vocabulary is what New takes.
type vocabulary struct {
	tokens []string
	types  []int
	merges []string
}

func (v vocabulary) tokenizer(t testing.TB) *Tokenizer {
	t.Helper()
	tok, err := New(v.tokens, v.types, v.merges)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// small makes a vocabulary of the 256 bytes, what the given merges make, and two tokens that are no text.
func small(merges ...string) vocabulary {
	v := vocabulary{tokens: alphabet[:len(alphabet):len(alphabet)], merges: merges}
	for _, m := range merges {
		v.tokens = append(v.tokens, strings.Replace(m, " ", "", 1))
	}
	v.types = make([]int, len(v.tokens), len(v.tokens)+2)
	for i := range v.types {
		v.types[i] = Normal
	}
	v.tokens = append(v.tokens, "<|im_end|>", "<think>")
	v.types = append(v.types, Control, UserDefined)
	return v
}

// tiny is the tokenizer of the model that comes with the project.
func tiny(t testing.TB) *Tokenizer {
	t.Helper()
	f, err := os.Open("../../../fixtures/model/quern-tiny.gguf")
	if err != nil {
		t.Skip("no fixtures/model/quern-tiny.gguf: ", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	g, err := gguf.Read(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return vocabulary{g.Strings("tokenizer.ggml.tokens"), g.Ints("tokenizer.ggml.token_type"), g.Strings("tokenizer.ggml.merges")}.tokenizer(t)
}

// qwenControl are the tokens that Qwen3 has after the 151,643 plain ones.
var qwenControl = strings.Fields(`<|endoftext|> <|im_start|> <|im_end|> <|object_ref_start|> <|object_ref_end|>
	<|box_start|> <|box_end|> <|quad_start|> <|quad_end|> <|vision_start|> <|vision_end|> <|vision_pad|> <|image_pad|>
	<|video_pad|> <tool_call> </tool_call> <|fim_prefix|> <|fim_middle|> <|fim_suffix|> <|fim_pad|> <|repo_name|>
	<|file_sep|> <tool_response> </tool_response> <think> </think>`)

// qwen is the vocabulary of Qwen3, from the list of byte sequences by rank that its authors publish for tiktoken.
func qwen(t testing.TB) vocabulary {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(collections(t), "qwen", "qwen.tiktoken"))
	if err != nil {
		t.Fatal(err)
	}
	var v vocabulary
	ranks := map[string]int{}
	in := bufio.NewScanner(bytes.NewReader(data))
	for in.Scan() {
		coded, number, _ := strings.Cut(in.Text(), " ")
		token, err := base64.StdEncoding.DecodeString(coded)
		rank, err2 := strconv.Atoi(number)
		if err != nil || err2 != nil || rank != len(v.tokens) {
			t.Fatalf("line %d of the Qwen vocabulary: %q", len(v.tokens)+1, in.Text())
		}
		ranks[string(token)] = rank
		v.tokens = append(v.tokens, encodeAlphabet(string(token)))
		v.types = append(v.types, Normal)
		if len(token) > 1 {
			left, right := lastMerge(ranks, string(token), rank)
			v.merges = append(v.merges, encodeAlphabet(left)+" "+encodeAlphabet(right))
		}
	}
	for _, name := range qwenControl {
		v.tokens, v.types = append(v.tokens, name), append(v.types, Control)
	}
	return v
}

// lastMerge finds the two parts that tiktoken joins into a token: those that all more important tokens leave of it.
func lastMerge(ranks map[string]int, token string, rank int) (left, right string) {
	var parts []string
	for i := range len(token) {
		parts = append(parts, token[i:i+1])
	}
	for len(parts) > 2 {
		at, best := -1, rank
		for i := range len(parts) - 1 {
			if r, ok := ranks[parts[i]+parts[i+1]]; ok && r < best {
				at, best = i, r
			}
		}
		parts[at] += parts[at+1]
		parts = append(parts[:at+1], parts[at+2:]...)
	}
	return parts[0], parts[1]
}

func encodeAlphabet(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteString(alphabet[text[i]])
	}
	return b.String()
}
