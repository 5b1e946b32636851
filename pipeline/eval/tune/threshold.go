package tune

import (
	"cmp"
	"context"
	"slices"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/pipeline/eval"
)

// A Threshold is a least relevance, under which hits are left out, so that a wanted share of those that are shown is
// relevant. What nobody has judged counts as not relevant.
type Threshold struct {
	Wanted    float64 `json:"wanted"`
	MinScore  float64 `json:"min_score"` // the threshold: relevance, 0..1
	Precision float64 `json:"precision"` // held out: the share of relevant hits that folds have with the threshold of the others
	Recall    float64 `json:"recall"`    // held out: the share of the relevant hits that are still shown
	Shown     int     `json:"shown"`     // held out: how many hits are still shown, of all queries together
	Of        int     `json:"of"`        // how many there were
}

// shownHits is how many hits of a query count: those of a first page.
const shownHits = 10

// A sure is a hit on the first page, with what the model and the judgments say.
type sure struct {
	relevance float64
	relevant  bool
}

// calibrate finds a threshold for the best setting, and what thresholds are worth that were found so: each fold is cut by
// that of the others. It is nil where no threshold reaches the precision, or no model judges.
func (t *table) calibrate(ctx context.Context, order, chosen []int, best int) (*Threshold, error) {
	found := Threshold{Wanted: t.cfg.Precision}
	pages, err := t.pages(ctx, best, order)
	if err != nil {
		return nil, err
	}
	var ok bool
	if found.MinScore, ok = threshold(pages, t.cfg.Precision); !ok {
		return nil, nil
	}
	kept, right, relevant := 0, 0, 0
	for i := range t.cfg.Folds {
		held, others := t.fold(i, order)
		pages, err := t.pages(ctx, chosen[i], others)
		if err != nil {
			return nil, err
		}
		least, reached := threshold(pages, t.cfg.Precision)
		if pages, err = t.pages(ctx, chosen[i], held); err != nil {
			return nil, err
		}
		for _, hit := range pages {
			found.Of++
			if hit.relevant {
				relevant++
			}
			if reached && hit.relevance >= least {
				kept++
				if hit.relevant {
					right++
				}
			}
		}
	}
	found.Shown = kept
	found.Precision = float64(right) / float64(max(kept, 1))
	found.Recall = float64(right) / float64(max(relevant, 1))
	return &found, nil
}

// pages are the judged hits of the first pages of queries, all together.
func (t *table) pages(ctx context.Context, setting int, queries []int) (hits []sure, err error) {
	s := t.settings[setting]
	if s.Blend == 0 {
		return nil, nil
	}
	searcher, err := t.cfg.Open(ctx, s.Search)
	if err != nil {
		return nil, err
	}
	d := t.cfg.Dataset
	for _, place := range queries {
		q := d.Queries[place]
		answer, err := searcher.Search(ctx, pipeline.Query{
			Text: q.Text, Window: s.Window, TopN: shownHits + 1, Instruct: s.Instruct, Blend: s.Blend, MinScore: s.MinScore,
			Deadline: eval.Deadline, Plain: true, NoSnippets: true,
		})
		if err != nil {
			return nil, err
		}
		page := slices.DeleteFunc(answer.Hits, func(h pipeline.Hit) bool { return d.SkipSelf && h.ID == q.ID })
		for _, h := range page[:min(shownHits, len(page))] {
			if h.Rerank != nil {
				hits = append(hits, sure{h.Rerank.Relevance, d.Qrels[q.ID][h.ID] > 0})
			}
		}
	}
	return hits, nil
}

// threshold is the least relevance from which on a wanted share of hits is relevant.
func threshold(hits []sure, precision float64) (least float64, ok bool) {
	slices.SortFunc(hits, func(a, b sure) int { return cmp.Compare(b.relevance, a.relevance) })
	right := 0
	for i, h := range hits {
		if h.relevant {
			right++
		}
		last := i+1 == len(hits) || hits[i+1].relevance < h.relevance // hits of the same relevance stay together
		if last && float64(right) >= precision*float64(i+1) {
			least, ok = h.relevance, true
		}
	}
	return least, ok
}
