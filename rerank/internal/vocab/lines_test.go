package vocab

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/quern-search/quern/rerank"
)

// qwenTokens is how many Qwen3 has; the matrices of most models have more rows.
const qwenTokens = 151_936

// The tokens of many texts in many languages are those of the Hugging Face tokenizers, and so is the vocabulary, read from
// the file that they write. testdata/lines.py says how to make the folder.
func TestLinesOfTheReference(t *testing.T) {
	dir := os.Getenv("QUERN_TOKENS")
	if dir == "" {
		t.Skip("python testdata/lines.py DATA OUT, then QUERN_TOKENS=OUT go test -run Lines ./rerank/internal/vocab/")
	}
	file, err := os.ReadFile(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := FromTokenizerJSON(file, qwenTokens)
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(source)
	if err != nil {
		t.Fatal(err)
	}
	if im, _ := v.Control("<|im_start|>"); v.Yes != 9693 || v.No != 2152 || im != 151644 {
		t.Errorf("yes is %d, no %d, <|im_start|> %d", v.Yes, v.No, im)
	}
	lines, err := os.Open(filepath.Join(dir, "lines.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer lines.Close()
	counts := map[string]*tally{}
	for in := json.NewDecoder(lines); in.More(); {
		var line struct {
			Lang, Text string
			IDs        []int32
		}
		if err := in.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if counts[line.Lang] == nil {
			counts[line.Lang] = &tally{}
		}
		got, err := v.Encode(nil, []rerank.Segment{{Text: line.Text}})
		if err != nil {
			t.Fatal(err)
		}
		counts[line.Lang].add(t, line.Text, got, line.IDs)
	}
	for _, lang := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%s: %v", lang, counts[lang])
	}
}

// A tally counts what was compared in a language.
type tally struct{ texts, tokens, wrong int }

func (c *tally) add(t *testing.T, text string, got, want []int32) {
	c.texts++
	c.tokens += len(want)
	if slices.Equal(got, want) {
		return
	}
	if c.wrong++; c.wrong <= 10 {
		t.Errorf("%q:\n got %v\nwant %v", text, got, want)
	}
}

func (c *tally) String() string {
	return fmt.Sprintf("%d texts, %d tokens, %d texts differ", c.texts, c.tokens, c.wrong)
}
