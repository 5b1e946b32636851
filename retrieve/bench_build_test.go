package retrieve_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/index/corpus"
)

// What the benchmarks are run with:
//
//	QUERN_BENCH_DATA   a folder of collections in BEIR's layout, whose sentences the documents are made of; else made-up words
//	QUERN_BENCH_INDEX  a folder to keep the index in from run to run; else it is built each time
const (
	dataEnv  = "QUERN_BENCH_DATA"
	indexEnv = "QUERN_BENCH_INDEX"
)

const (
	benchDocs  = 100_000
	benchTop   = 50
	benchTerms = 4
)

// sentences are what benchmark documents are made of.
func sentences(b *testing.B) (list []string) {
	b.Helper()
	docs, _ := generated(5000, 10)
	if dir := os.Getenv(dataEnv); dir != "" {
		docs = nil
		for _, name := range []string{"wikimix", "mtrag-fiqa", "scifact", "arguana", "squad-dev", "cranfield", "cisi", "med", "cf"} {
			f, err := os.Open(filepath.Join(dir, name, "corpus.jsonl"))
			if err != nil {
				continue
			}
			defer f.Close()
			for d, err := range corpus.JSONL(f, name) {
				if err != nil {
					b.Fatal(err)
				}
				docs = append(docs, d)
			}
		}
	}
	for _, d := range docs {
		for s := range strings.SplitAfterSeq(d.Body, ". ") {
			if len(s) > 20 {
				list = append(list, s)
			}
		}
	}
	if len(list) == 0 {
		b.Fatalf("no sentences: let %s name a folder of collections, or nothing", dataEnv)
	}
	return list
}

// recombined makes documents of 3 to 14 sentences.
func recombined(sentences []string, from, n int) []index.Document {
	random := rand.New(rand.NewPCG(uint64(from), 11))
	docs := make([]index.Document, n)
	for i := range docs {
		var body strings.Builder
		for range 3 + random.IntN(12) {
			body.WriteString(sentences[random.IntN(len(sentences))])
		}
		docs[i] = index.Document{ID: fmt.Sprintf("doc%06d", from+i), Body: body.String()}
	}
	return docs
}

// questions are of four different words of one sentence each, common ones and rare ones.
func questions(x *index.Index, sentences []string, n int) (queries []string) {
	random := rand.New(rand.NewPCG(12, 0))
	for len(queries) < n {
		words := strings.Fields(sentences[random.IntN(len(sentences))])
		random.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		var query, terms []string
		for _, word := range words {
			tokens := x.Analyzer().Analyze([]byte(word))
			if len(tokens) == 1 && !slices.Contains(terms, string(tokens[0].Term)) && len(query) < benchTerms {
				query, terms = append(query, word), append(terms, string(tokens[0].Term))
			}
		}
		if len(query) == benchTerms {
			queries = append(queries, strings.Join(query, " "))
		}
	}
	return queries
}

// benchIndex gives an index on disk of benchDocs documents, as batches and Bleve's own merges leave it.
func benchIndex(b *testing.B, sentences []string) *index.Index {
	b.Helper()
	path := os.Getenv(indexEnv)
	if path == "" {
		path = filepath.Join(b.TempDir(), "index")
	}
	if x, err := index.Open(path); err == nil {
		b.Cleanup(func() { x.Close() })
		return x
	}
	x := createWhole(b, path)
	for from := 0; from < benchDocs; from += 10_000 {
		put(b, x, 1000, recombined(sentences, from, 10_000)...)
	}
	return x
}

// createWhole makes an index that splits no document, as Bleve does not either.
func createWhole(b *testing.B, path string) *index.Index {
	b.Helper()
	x, err := index.Create(path, index.Config{Passages: index.Passages{Tokens: -1}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { x.Close() })
	return x
}

// BenchmarkBuild builds an index on disk, here and with Bleve alone, by turns: one field, the same analyzer, stored, with
// positions for phrases, in batches of the same size. Sizes are taken after merging, which is not timed.
func BenchmarkBuild(b *testing.B) {
	const n, size = 10_000, 1000
	docs := recombined(sentences(b), 0, n)
	var ours, stock time.Duration
	var oursBytes, stockBytes int64
	for b.Loop() {
		dir := b.TempDir()
		x := createWhole(b, filepath.Join(dir, "ours"))
		ours += timed(b, func() error {
			put(b, x, size, docs...)
			return nil
		})
		s, err := bleve.NewUsing(filepath.Join(dir, "stock"), stockMapping(), scorch.Name, scorch.Name, nil)
		if err != nil {
			b.Fatal(err)
		}
		stock += timed(b, func() error { return stockPut(s, size, docs) })

		oursBytes += mergedBytes(b, func() (bleveindex.IndexReader, error) {
			if err := x.Compact(b.Context()); err != nil {
				return nil, err
			}
			return x.Snapshot()
		})
		stockBytes += mergedBytes(b, func() (bleveindex.IndexReader, error) {
			inner, err := s.Advanced()
			if err == nil {
				err = inner.(*scorch.Scorch).ForceMerge(b.Context(), nil)
			}
			if err != nil {
				return nil, err
			}
			return inner.Reader()
		})
		x.Close()
		s.Close()
	}
	total := float64(b.N * n)
	b.ReportMetric(total/ours.Seconds(), "docs/s")
	b.ReportMetric(total/stock.Seconds(), "stock-docs/s")
	b.ReportMetric(float64(oursBytes)/total, "B/doc")
	b.ReportMetric(float64(stockBytes)/total, "stock-B/doc")
}

// stockMapping is of one field, in the way that Bleve recommends for search: nothing twice.
func stockMapping() mapping.IndexMapping {
	text := bleve.NewTextFieldMapping()
	text.Analyzer, text.IncludeInAll, text.DocValues = index.DefaultLang, false, false
	m := bleve.NewIndexMapping()
	m.DefaultMapping = bleve.NewDocumentStaticMapping()
	m.DefaultMapping.AddFieldMappingsAt(index.TextField, text)
	return m
}

func stockPut(s bleve.Index, size int, docs []index.Document) error {
	for chunk := range slices.Chunk(docs, size) {
		batch := s.NewBatch()
		for _, d := range chunk {
			if err := batch.Index(d.ID, map[string]any{index.TextField: d.Text()}); err != nil {
				return err
			}
		}
		if err := s.Batch(batch); err != nil {
			return err
		}
	}
	return nil
}

// mergedBytes is the size of the files that an index is in after a merge. There are more in its folder for a while.
func mergedBytes(b *testing.B, merge func() (bleveindex.IndexReader, error)) (size int64) {
	b.Helper()
	reader, err := merge()
	if err != nil {
		b.Fatal(err)
	}
	defer reader.Close()
	if snap, ok := reader.(*index.Snapshot); ok {
		reader = snap.IndexReader
	}
	for _, segment := range reader.(*scorch.IndexSnapshot).Segments() {
		size += segment.FileSize()
	}
	return size
}
