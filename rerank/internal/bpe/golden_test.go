package bpe

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// golden.json holds what the Hugging Face tokenizers, which the model's authors use, make of sentences in fourteen
// scripts; testdata/golden.py wrote it.
func TestIdsOfTheReference(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Text string
			IDs  []int32
		}
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	tok := tiny(t)
	for _, c := range golden.Cases {
		if got := tok.Encode(nil, c.Text); !slices.Equal(got, c.IDs) {
			t.Errorf("%q:\n got %v\nwant %v", c.Text, got, c.IDs)
		}
	}
}
