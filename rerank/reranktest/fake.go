package reranktest

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/quern-search/quern/rerank"
)

// A Trouble is a way for a [Fake] to go wrong.
type Trouble int

// The troubles. Each begins once Fake.After documents of a task are judged.
const (
	None    Trouble = iota
	Fails           // yields Fake.Err
	NaN             // yields a logit that is not a number
	Missing         // stops without a word, as if all were judged
	Twice           // yields the first document's score again
	Beyond          // yields an index outside the task
	Panics          // panics
	Stuck           // blocks, deaf to its context, until Fake.Release is closed; then goes on as if nothing had been
)

// ErrRefused is what a Fake in trouble [Fails] with, unless it has an error of its own.
var ErrRefused = errors.New("connection refused")

// A Fake is a Scorer for tests that need one but not its opinion. The zero value judges by [Overlap], at once and
// without trouble, always the same way. Do not change a Fake that is in use; it is safe for concurrent use otherwise.
type Fake struct {
	// Card is what Model answers; where Name, Kind or Fingerprint are empty, they are "fake".
	Card rerank.Model
	// Judge gives the logit of one document; nil: Overlap. It is called once for each document.
	Judge func(t rerank.Task, document string) float64
	// Delay passes before each document; default none.
	Delay time.Duration
	// Trouble happens after After documents; default None. Where a task has no more than After, it does not happen.
	Trouble Trouble
	After   int
	// Err is the error of trouble Fails; nil: ErrRefused.
	Err error
	// Release ends trouble Stuck when it is closed; nil: never.
	Release <-chan struct{}
}

var _ rerank.Scorer = (*Fake)(nil)

// Model implements [rerank.Scorer].
func (f *Fake) Model() rerank.Model {
	m := f.Card
	for _, field := range []*string{&m.Name, &m.Kind, &m.Fingerprint} {
		if *field == "" {
			*field = "fake"
		}
	}
	return m
}

// Score implements [rerank.Scorer]: it judges the documents in their order, one after the other.
func (f *Fake) Score(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		for i, document := range t.Documents {
			if err := f.wait(ctx); err != nil {
				yield(rerank.Score{}, err)
				return
			}
			if i == f.After && !f.trouble(t, yield) {
				return
			}
			if !yield(f.judge(t, i, document), nil) {
				return
			}
		}
	}
}

// wait lets Delay pass, or returns the error of ctx when that ends first.
func (f *Fake) wait(ctx context.Context) error {
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// trouble makes the trouble that is due, if any, and tells whether to go on.
func (f *Fake) trouble(t rerank.Task, yield func(rerank.Score, error) bool) bool {
	switch f.Trouble {
	case Fails:
		yield(rerank.Score{}, cmp.Or(f.Err, ErrRefused))
		return false
	case NaN:
		return yield(rerank.Score{Index: f.After, Logit: math.NaN()}, nil)
	case Missing:
		return false
	case Twice:
		return yield(f.judge(t, 0, t.Documents[0]), nil)
	case Beyond:
		return yield(rerank.Score{Index: len(t.Documents)}, nil)
	case Panics:
		panic("reranktest: a fake panic")
	case Stuck:
		<-f.Release
	}
	return true
}

func (f *Fake) judge(t rerank.Task, i int, document string) rerank.Score {
	logit := Overlap
	if f.Judge != nil {
		logit = f.Judge
	}
	return rerank.Score{Index: i, Logit: logit(t, document), Tokens: words(t.Query) + words(document)}
}

func words(text string) int { return len(strings.Fields(text)) }

// Overlap is the logit of a Fake without an opinion of its own: 8 times the share of the query's distinct words that
// the document has, less 4. So it is -4 without a common word and 4 where all are there.
func Overlap(t rerank.Task, document string) float64 {
	query, have := wordSet(t.Query), wordSet(document)
	if len(query) == 0 {
		return -4
	}
	common := 0
	for word := range query {
		if have[word] {
			common++
		}
	}
	return 8*float64(common)/float64(len(query)) - 4
}

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		set[word] = true
	}
	return set
}
