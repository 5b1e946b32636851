package retrieve_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/collector"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/retrieve"
)

// BenchmarkAgainstStock asks the same queries of the same index by turns: here, and by Bleve's match query with the same
// analyzer, without highlights or explanation. What is timed here includes loading the documents, there it does not.
func BenchmarkAgainstStock(b *testing.B) {
	list := sentences(b)
	x := benchIndex(b, list)
	queries := questions(x, list, 500)
	b.Run("quiet", func(b *testing.B) { againstStock(b, x, queries) })
	b.Run("while indexing", func(b *testing.B) {
		defer keepIndexing(b, x, list)()
		againstStock(b, x, queries)
	})
}

func againstStock(b *testing.B, x *index.Index, queries []string) {
	r, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		b.Fatal(err)
	}
	var ours, stock []time.Duration
	m := bleve.NewIndexMapping() // which builds the analyzer once
	n := 0
	for b.Loop() {
		query := queries[n%len(queries)]
		turns := []func(){
			func() {
				ours = append(ours, timed(b, func() error { _, err := r.Retrieve(b.Context(), query, benchTop); return err }))
			},
			func() { stock = append(stock, timed(b, func() error { return stockSearch(b.Context(), x, m, query) })) },
		}
		turns[n%2]() // by turns, so that neither always finds the other's memory warm
		turns[1-n%2]()
		n++
	}
	slices.Sort(ours)
	slices.Sort(stock)
	for _, p := range []int{50, 99} {
		o, s := percentile(ours, p), percentile(stock, p)
		b.ReportMetric(o, fmt.Sprintf("p%d-ms", p))
		b.ReportMetric(s, fmt.Sprintf("stock-p%d-ms", p))
		b.ReportMetric(s/o, fmt.Sprintf("p%d-ratio", p))
	}
	b.ReportMetric(sum(stock)/sum(ours), "total-ratio")
}

func timed(b *testing.B, f func() error) time.Duration {
	start := time.Now()
	if err := f(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// stockSearch is what bleve.Index.Search does with such a request.
func stockSearch(ctx context.Context, x *index.Index, m mapping.IndexMapping, query string) error {
	snap, err := x.Snapshot()
	if err != nil {
		return err
	}
	defer snap.Close()
	match := bleve.NewMatchQuery(query)
	match.SetField(index.TextField)
	match.Analyzer = x.Lang()
	s, err := match.Searcher(ctx, snap.IndexReader, m, search.SearcherOptions{})
	if err != nil {
		return err
	}
	defer s.Close()
	return collector.NewTopNCollector(benchTop, 0, search.SortOrder{&search.SortScore{Desc: true}}).Collect(ctx, s, snap.IndexReader)
}

// keepIndexing replaces documents, a hundred a batch, until the function that it returns is called.
func keepIndexing(b *testing.B, x *index.Index, sentences []string) (stop func()) {
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		random := rand.New(rand.NewPCG(13, 0))
		for ctx.Err() == nil {
			docs := recombined(sentences, benchDocs+random.IntN(benchDocs), 100)
			for i := range docs {
				docs[i].ID = fmt.Sprintf("doc%06d", random.IntN(benchDocs))
			}
			if err := x.Put(ctx, docs...); err != nil && ctx.Err() == nil {
				b.Error(err)
				return
			}
		}
	}()
	return func() { cancel(); <-done }
}

// percentile is in milliseconds, of sorted times.
func percentile(sorted []time.Duration, p int) float64 {
	return 1e3 * sorted[(len(sorted)-1)*p/100].Seconds()
}

func sum(times []time.Duration) (seconds float64) {
	for _, t := range times {
		seconds += t.Seconds()
	}
	return seconds
}

// BenchmarkRetrieve asks the same few queries again and again, so that all postings are at hand.
func BenchmarkRetrieve(b *testing.B) {
	list := sentences(b)
	x := benchIndex(b, list)
	r, err := retrieve.New(x, retrieve.Config{})
	if err != nil {
		b.Fatal(err)
	}
	short := questions(x, list, 50)
	var long []string // whole documents
	for _, d := range recombined(list, benchDocs, 10) {
		long = append(long, d.Body)
	}
	for _, queries := range [][]string{short, long} {
		for _, k := range []int{1, 10, benchTop, 1000} {
			b.Run(fmt.Sprintf("words=%d,k=%d", len(strings.Fields(queries[0])), k), func(b *testing.B) {
				for n := 0; b.Loop(); n++ {
					if _, err := r.Retrieve(b.Context(), queries[n%len(queries)], k); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
