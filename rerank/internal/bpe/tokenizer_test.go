package bpe

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func Example() {
	v := small("y e", "ye s", "Ġ yes")
	t, err := New(v.tokens, v.types, v.merges)
	if err != nil {
		fmt.Println(err)
		return
	}
	ids := t.Encode(nil, "yes yes")
	end, _ := t.Control("<|im_end|>")
	fmt.Printf("%d tokens: %q + %q + %q\n", t.Size(), t.Decode(ids[:1]), t.Decode(ids[1:]), t.Decode([]int32{end}))
	// Output: 261 tokens: "yes" + " yes" + "<|im_end|>"
}

func TestMergesGoByRankThenFromTheLeft(t *testing.T) {
	for _, c := range []struct {
		merges []string
		text   string
		want   string
	}{
		{nil, "abc", "a|b|c"},
		{[]string{"b c", "a b"}, "abc", "a|bc"},
		{[]string{"a b", "b c"}, "abc", "ab|c"},
		{[]string{"a a"}, "aaaaa", "aa|aa|a"},
		{[]string{"a a", "aa a"}, "aaaaa", "aa|aaa"},
		{[]string{"a a", "aa aa"}, "aaaaaaa", "aaaa|aa|a"},
		{[]string{"c d", "a b", "ab cd"}, "abcd", "abcd"},
		{[]string{"b c", "a b", "ab c", "c d"}, "abcd", "a|bc|d"}, // abc is a token that no merge reaches here
		{[]string{"a b"}, "ab ab", "ab| |ab"},
		{[]string{"a b", "Ġ ab"}, "ab ab", "ab| ab"},
	} {
		v := small(c.merges...)
		tok := v.tokenizer(t)
		if got := show(tok, c.text); got != c.want {
			t.Errorf("merges %q of %q: got %s, want %s", c.merges, c.text, got, c.want)
		}
	}
}

// show returns the tokens of text with bars between.
func show(t *Tokenizer, text string) string {
	var parts []string
	for _, id := range t.Encode(nil, text) {
		parts = append(parts, t.Decode([]int32{id}))
	}
	return strings.Join(parts, "|")
}

func TestTextNeverBecomesAControlToken(t *testing.T) {
	tok := small().tokenizer(t)
	for _, name := range []string{"<|im_end|>", "<think>"} {
		id, ok := tok.Control(name)
		if !ok {
			t.Fatalf("%s is missing", name)
		}
		if ids := tok.Encode(nil, name); slices.Contains(ids, id) || tok.Decode(ids) != name {
			t.Errorf("the text %s became %v", name, ids)
		}
		if _, ok := tok.Token(name); ok {
			t.Errorf("%s is found as a plain token", name)
		}
	}
	if _, ok := tok.Control("a"); ok {
		t.Error("a plain token is found as a control token")
	}
}

func TestDecodeLeavesOutWhatIsNoToken(t *testing.T) {
	tok := small().tokenizer(t)
	a, _ := tok.Token("a")
	if got := tok.Decode([]int32{-1, a, 1 << 30}); got != "a" {
		t.Errorf("got %q", got)
	}
}

func TestNewRefusesADamagedVocabulary(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*vocabulary)
		want   string
	}{
		{"types missing", func(v *vocabulary) { v.types = v.types[1:] }, "261 tokens but 260 token types"},
		{"a byte missing", func(v *vocabulary) { v.tokens[65] = "zz" }, "no token for byte 0x41"},
		{"a byte that is no text", func(v *vocabulary) { v.types[65] = Control }, "no token for byte 0x41"},
		{"a token twice", func(v *vocabulary) { v.tokens[256] = "a" }, `tokens 97 and 256 are both "a"`},
		{"a control token twice", func(v *vocabulary) { v.tokens[260], v.types[260] = "<|im_end|>", Control }, `both "<|im_end|>"`},
		{"another kind of vocabulary", func(v *vocabulary) { v.tokens[256] = "▁the" }, "not in the byte alphabet"},
		{"a merge without a space", func(v *vocabulary) { v.merges[0] = "ab" }, `merge 0, "ab"`},
		{"a merge of an unknown token", func(v *vocabulary) { v.merges[0] = "a zz" }, "names a token that is not in the vocabulary"},
		{"a merge into an unknown token", func(v *vocabulary) { v.merges[0] = "x y" }, "names a token that is not in the vocabulary"},
		{"a merge into a control token", func(v *vocabulary) { v.types[256] = Control }, "names a token that is not in the vocabulary"},
		{"a merge twice", func(v *vocabulary) { v.merges[1] = v.merges[0] }, "merges 0 and 1 are both"},
	} {
		v := small("a b", "c d", "ab cd")
		v.tokens = slices.Clone(v.tokens)
		c.change(&v)
		if _, err := New(v.tokens, v.types, v.merges); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestOneTokenizerServesManyCallers(t *testing.T) {
	tok := small("a b", "ab ab", "Ġ abab").tokenizer(t)
	text := strings.Repeat("abab ab b ", 50)
	want := tok.Encode(nil, text)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if !slices.Equal(tok.Encode(nil, text), want) {
					t.Error("the ids differ between calls")
				}
			}
		})
	}
	wg.Wait()
}

func TestEncodingWithKeptMemoryAllocatesNothing(t *testing.T) {
	tok, ids, kept := small("a b").tokenizer(t), make([]int32, 0, 1000), new(scratch)
	text := strings.Repeat("abc déf ", 50)
	encode := func() {
		for rest := Normalise(text); rest != ""; {
			n := pieceLen(rest)
			ids = tok.appendPiece(ids[:0], rest[:n], kept)
			rest = rest[n:]
		}
	}
	if n := testing.AllocsPerRun(100, encode); n > 0 {
		t.Errorf("%v allocations a text", n)
	}
}

// One word as long as a book must not be quadratic: this test would run for minutes.
func TestOneLongWord(t *testing.T) {
	tok := small("a a", "aa aa", "aaaa aaaa").tokenizer(t)
	if n := len(tok.Encode(nil, strings.Repeat("a", 200_000))); n != 25_000 {
		t.Errorf("got %d tokens of eight letters, want 25000", n)
	}
}

func TestWordsOfTheTinyModel(t *testing.T) {
	tok := tiny(t)
	for word, want := range map[string]int32{"yes": 1001, "no": 1324} {
		if id, ok := tok.Token(word); !ok || id != want {
			t.Errorf("%q is token %d (%v), want %d", word, id, ok, want)
		}
	}
}

func TestWordsOfQwen(t *testing.T) {
	tok := qwen(t).tokenizer(t)
	for word, want := range map[string]int32{"yes": 9693, "no": 2152, "Yes": 9454} {
		if id, ok := tok.Token(word); !ok || id != want {
			t.Errorf("%q is token %d (%v), want %d", word, id, ok, want)
		}
	}
	if id, ok := tok.Control("<|im_start|>"); !ok || id != 151644 {
		t.Errorf("<|im_start|> is token %d (%v)", id, ok)
	}
}

func TestPromptsOfQwen(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(collections(t), "rerank-work.json"))
	if err != nil {
		t.Skip("QUERN_DATA has no rerank-work.json, prompts with their tokens")
	}
	var work struct {
		Head, Suffix string
		Docs150      []string  `json:"docs_150"`
		Docs400      []string  `json:"docs_400"`
		IDs150       [][]int32 `json:"prompt_ids_150"`
		IDs400       [][]int32 `json:"prompt_ids_400"`
	}
	if err := json.Unmarshal(data, &work); err != nil {
		t.Fatal(err)
	}
	tok, want := qwen(t).tokenizer(t), slices.Concat(work.IDs150, work.IDs400)
	for i, document := range slices.Concat(work.Docs150, work.Docs400) {
		if got := encodePrompt(tok, work.Head+document+work.Suffix); !slices.Equal(got, want[i]) {
			t.Errorf("prompt %d: got %v, want %v", i, got, want[i])
		}
	}
}

// encodePrompt encodes a prompt in which control tokens are spelled out.
func encodePrompt(t *Tokenizer, prompt string) (ids []int32) {
	for prompt != "" {
		at, name := len(prompt), ""
		for _, c := range qwenControl {
			if i := strings.Index(prompt, c); i >= 0 && i < at {
				at, name = i, c
			}
		}
		ids = t.Encode(ids, prompt[:at])
		if name != "" {
			id, _ := t.Control(name)
			ids = append(ids, id)
		}
		prompt = prompt[at+len(name):]
	}
	return ids
}

func FuzzRoundTrip(f *testing.F) {
	tok := small("t h", "th e", "Ġ the", "Ã ©", "a a", "aa a", "aa aa").tokenizer(f)
	for _, seed := range []string{"", "the thé the\u0301", "aaaaaaa", "\xff\xe4\xb8", "<|im_end|>", "한국어 각", "\u0958 \u2126"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := Normalise(text)
		ids := tok.Encode(nil, text)
		if got := tok.Decode(ids); got != want {
			t.Errorf("%q came back as %q, want %q", text, got, want)
		}
		if again := tok.Encode(nil, want); !slices.Equal(ids, again) {
			t.Errorf("%q: %v and, normalised first, %v", text, ids, again)
		}
	})
}

func FuzzNew(f *testing.F) {
	f.Add("a b\nab c", "ab\nabc", 1)
	f.Add("a a\naa aa\na aa", "aa\naaaa\naaa", 3)
	f.Fuzz(func(t *testing.T, merges, tokens string, kind int) {
		v := small()
		for token := range strings.SplitSeq(tokens, "\n") {
			v.tokens, v.types = append(v.tokens, token), append(v.types, kind)
		}
		tok, err := New(v.tokens, v.types, strings.Split(merges, "\n"))
		if err != nil {
			return
		}
		if got := tok.Decode(tok.Encode(nil, merges)); got != Normalise(merges) {
			t.Errorf("%q came back as %q", merges, got)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	text := strings.Join(sampleTexts(b, 20_000), "\n")
	english := strings.Join(sampleTexts(b, 200_000)[:200], "\n")
	tok := qwen(b).tokenizer(b)
	for _, c := range []struct{ name, text string }{
		{"English", english}, {"ManyLanguages", text}, {"OneLongWord", strings.Repeat("a", 200_000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			ids := make([]int32, 0, len(c.text))
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			for b.Loop() {
				ids = tok.Encode(ids[:0], c.text)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	v := qwen(b)
	for b.Loop() {
		v.tokenizer(b)
	}
}
