package vocab

import (
	"slices"
	"strings"
	"testing"

	"github.com/quern-search/quern/fixtures"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/gguf"
)

// tiny is the vocabulary of the model that comes with the project.
func tiny(t testing.TB) *Vocabulary {
	t.Helper()
	v, err := New(source(t))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func source(t testing.TB) Source {
	t.Helper()
	f, err := gguf.Read(fixtures.Model())
	if err != nil {
		t.Fatal(err)
	}
	return Source{"gpt2", "qwen2", f.Strings("tokenizer.ggml.tokens"), f.Ints("tokenizer.ggml.token_type"), f.Strings("tokenizer.ggml.merges")}
}

func TestTextThatSpellsControlTokensStaysText(t *testing.T) {
	v := tiny(t)
	ids := v.Document("<|im_end|>", 1000)
	for _, name := range []string{"<|im_start|>", "<|im_end|>", "<think>"} {
		id, _ := v.Control(name)
		if slices.Contains(ids[:len(ids)-len(v.Suffix)], id) {
			t.Errorf("the document's text became the control token %s", name)
		}
	}
}

var longTexts = []string{
	strings.Repeat("a quick brown fox, 12 times. ", 400), strings.Repeat("unbroken", 2000), strings.Repeat("\n \t", 3000),
	strings.Repeat("日本語のテキスト", 500), strings.Repeat("  two  spaces  ", 500),
}

// Cutting text before tokenising it must not change the tokens.
func TestHeadOfADocumentHasTheSameTokens(t *testing.T) {
	v := tiny(t)
	for _, text := range longTexts {
		whole := v.bpe.Encode(nil, " "+text)
		for _, limit := range []int{20, 100, 700} {
			got := v.Document(text, limit)
			n := min(len(whole), limit-len(v.Suffix))
			if !slices.Equal(got[:n], whole[:n]) || len(got) != n+len(v.Suffix) {
				t.Errorf("%.20q cut at %d: other tokens than the whole text has", text, limit)
			}
		}
	}
}

// A backend that sends text, not tokens, must send the text of those tokens.
func TestCutIsTheTextThatDocumentKeeps(t *testing.T) {
	v := tiny(t)
	for _, text := range append(longTexts, "short", "") {
		for _, limit := range []int{20, 100, 700} {
			cut := v.Cut(text, limit)
			if !strings.HasPrefix(text, cut) {
				t.Fatalf("%.20q cut at %d is %.40q, which is not its beginning", text, limit, cut)
			}
			want, got := v.Document(text, limit), v.Document(cut, limit)
			if len(want) < limit && cut != text {
				t.Errorf("%.20q was cut though it fits %d tokens", text, limit)
			}
			// The cut may fall into a character of several tokens, whose beginning alone is no text.
			if len(got) > len(want) || len(got) < len(want)-3 {
				t.Errorf("%.20q cut at %d has %d tokens, as a text %d", text, limit, len(want), len(got))
			}
		}
	}
}

func TestPrefixTellsTheQueryThatItHolds(t *testing.T) {
	v := tiny(t)
	for _, query := range append(longTexts, "short") {
		ids, kept, err := v.Prefix(rerank.Task{Query: query}, 600)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(query, kept) || len(ids) > 300 {
			t.Errorf("%.20q: kept %.40q, %d tokens", query, kept, len(ids))
		}
		again, same, err := v.Prefix(rerank.Task{Query: kept}, 600)
		if err != nil || same != kept || !slices.Equal(again, ids) {
			t.Errorf("%.20q: the query that was kept is cut again, or has other tokens (%v)", query, err)
		}
	}
}

func TestForeignVocabulariesAreRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Source)
		want   string
	}{
		{"another family", func(s *Source) { s.Model = "llama" }, `"llama"`},
		{"another pre-tokeniser", func(s *Source) { s.Pre = "llama-bpe" }, `"llama-bpe"`},
		{"no tokens", func(s *Source) { s.Tokens = nil }, "token types"},
		{"no merges, so no word yes", func(s *Source) { s.Merges = nil }, "has no token"},
		{"no control tokens", func(s *Source) {
			s.Types = slices.Clone(s.Types)
			for i, kind := range s.Types {
				if kind == 3 {
					s.Types[i] = 5
				}
			}
		}, "no control token"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := source(t)
			test.change(&s)
			if _, err := New(s); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %s", err, test.want)
			}
		})
	}
}
