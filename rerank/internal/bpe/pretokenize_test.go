package bpe

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
)

func pieces(text string) []string {
	var out []string
	for text != "" {
		n := pieceLen(text)
		out, text = append(out, text[:n]), text[n:]
	}
	return out
}

func TestPieces(t *testing.T) {
	for _, c := range []struct {
		name string
		want []string // the text is all of them in a row
	}{
		{"words take the space before them", []string{"The", " quick", " fox"}},
		{"or another character", []string{"snake", "_case", "(with", "-dash", ")"}},
		{"but not a line end", []string{"one", "\n", "two"}},
		{"two symbols are a piece of their own", []string{"one", "--", "two"}},
		{"digits stand alone", []string{"route", " ", "6", "6", ",", "0", "½", "Ⅳ", "५"}},
		{"symbols take a space before and line ends after", []string{"why", "?\n", "because", " ...\r\n\r\n", "(no", ")"}},
		{"contractions", []string{"we", "'ll", " they", "'RE", " it", "'s", "n", " I", "'Ve", " can", "'t"}},
		{"a contraction is cut off whatever follows", []string{"'s", "treet", "'d", "eal", "'m", "any"}},
		{"the long s is an s, its ligature with t is not", []string{"it", "'ſ", "tern", " '", "ﬆern"}},
		{"an unfinished contraction is a word", []string{"'vanish", "'lost", "'r"}},
		{"a curly apostrophe is none", []string{"it", "’s"}},
		{"a run of spaces leaves one to the word", []string{"a", "   ", " b"}},
		{"or to the symbol", []string{"a", "  ", " ?"}},
		{"or stands before a number", []string{"a", "  ", " ", "7"}},
		{"at the end it stays whole", []string{"a", "   "}},
		{"tabs and other spaces are given to words too", []string{"a", "\t", "\tb", "\u00a0c", "\u3000日本"}},
		{"but not to symbols", []string{"\t", "?"}},
		{"blank lines end with their last line end", []string{"a", " \n \r\n\n", "  ", " b"}},
		{"a line separator is a space and no line end", []string{"a", "\u2028", "\u2028b"}},
		{"next line is a space", []string{"a", "\u0085\u0085"}},
		{"zero width space and byte order mark are symbols", []string{"\ufeffa", "\u200bb", "\u200b\u200b"}},
		{"marks are no letters", []string{"ह", "िन", "्द", "ी"}},
		{"Chinese runs on to the punctuation", []string{"中国首都在哪", "？\n", "北京", "。"}},
		{"Thai runs on to a mark", []string{"ท", "ี่", "น", "ี่"}},
		{"symbols of many planes", []string{"👩\u200d🔬", " ∑∞", "𝔘nicode"}},
		{"control characters are symbols", []string{"a", "\x00\x01\x7f", "b"}},
	} {
		if got := pieces(strings.Join(c.want, "")); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// oracle is Qwen2's pattern for a regular expression engine, with one addition: regexp2 ignores case by comparing lower
// case letters, which leaves out that ſ (U+017F) folds to s. The engines that the model's authors use, and that of the
// Hugging Face tokenizers, do fold it.
var oracle = regexp2.MustCompile(`(?i:'s|'ſ|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`, regexp2.None)

func matchPattern(t testing.TB, text string) []string {
	var out []string
	m, err := oracle.FindStringMatch(text)
	for ; m != nil && err == nil; m, err = oracle.FindNextMatch(m) {
		out = append(out, m.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func compareWithPattern(t testing.TB, text string) {
	t.Helper()
	got, want := pieces(text), matchPattern(t, text)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("piece %d of %.200q: got %q, the pattern gives %q", i, text, got[min(i, len(got)):min(i+3, len(got))], want[min(i, len(want)):min(i+3, len(want))])
		}
	}
}

// Short texts of the characters that the pattern tells apart, all of them up to four long.
func TestPiecesOfAllShortTexts(t *testing.T) {
	letters := []string{"a", "s", "'", " ", "\t", "\n", "\r", "7", "?", "é", "\u3000", "ſ"}
	var walk func(text string, left int)
	walk = func(text string, left int) {
		compareWithPattern(t, text)
		for _, l := range letters {
			if left > 0 {
				walk(text+l, left-1)
			}
		}
	}
	walk("", 4)
}

// collections is a folder of test collections in many languages, in BEIR's layout, with Qwen's vocabulary in
// qwen/qwen.tiktoken beside them: what lines.py of package vocab reads, too.
func collections(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("QUERN_DATA")
	if dir == "" {
		t.Skip("QUERN_DATA=DIR go test ./rerank/internal/bpe/, with collections in BEIR's layout and qwen/qwen.tiktoken")
	}
	return dir
}

// sampleTexts returns about perFile bytes of each collection.
func sampleTexts(t testing.TB, perFile int) []string {
	files, _ := filepath.Glob(filepath.Join(collections(t), "*", "corpus.jsonl"))
	if len(files) == 0 {
		t.Fatal("QUERN_DATA has no folders with a corpus.jsonl")
	}
	var texts []string
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		in := json.NewDecoder(f)
		for size := 0; size < perFile; {
			var document struct{ Title, Text string }
			if in.Decode(&document) != nil {
				break
			}
			text := document.Title + "\n" + document.Text
			texts, size = append(texts, text), size+len(text)
		}
		f.Close()
	}
	return texts
}

func TestPiecesOfRealText(t *testing.T) {
	for _, text := range sampleTexts(t, 50_000) {
		compareWithPattern(t, text)
	}
}

func FuzzPretokenize(f *testing.F) {
	for _, seed := range []string{"", "a", "it's 'S 'ſ", " \n\t\r\n  x", "7½ ?\n\n", "हिन्दी ภาษาไทย 中文", "\u0085\u2028\u00a0 \u200b", "👩\u200d🔬!"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		compareWithPattern(t, Normalise(text))
	})
}
