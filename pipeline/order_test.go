package pipeline_test

import (
	"math"
	"testing"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/reranktest"
)

// judged is a hit with BM25 rank and score and a logit.
func judged(id string, rank int, bm25, logit float64) pipeline.Hit {
	return pipeline.Hit{ID: id, BM25: pipeline.BM25Score{Rank: rank, Score: bm25},
		Rerank: &pipeline.RerankScore{Logit: logit, Relevance: rerank.Score{Logit: logit}.Relevance()}}
}

func unjudged(id string, rank int, bm25 float64) pipeline.Hit {
	return pipeline.Hit{ID: id, BM25: pipeline.BM25Score{Rank: rank, Score: bm25}}
}

func TestOrder(t *testing.T) {
	ln3 := math.Log(3) // relevance 0.75; -ln3: 0.25
	tests := []struct {
		name   string
		hits   []pipeline.Hit
		blend  float64
		want   string
		scores []float64
	}{
		{"none", nil, 1, "", nil},
		{"pure reranking", []pipeline.Hit{judged("a", 1, 20, -ln3), judged("b", 2, 10, ln3), judged("c", 3, 5, 0)},
			1, "b* c* a*", []float64{0.75, 0.5, 0.25}},
		{"half and half", []pipeline.Hit{judged("a", 1, 20, -ln3), judged("b", 2, 10, ln3), judged("c", 3, 5, 0)},
			0.5, "b* a* c*", []float64{0.5*0.75 + 0.5*0.5, 0.5*0.25 + 0.5*1, 0.5*0.5 + 0.5*0.25}}, // b and a tie at 0.625: by logit
		{"BM25", []pipeline.Hit{judged("a", 1, 20, -ln3), unjudged("b", 2, 10), judged("c", 3, 5, ln3)},
			0, "a* b c*", []float64{1, 0.5, 0.25}},
		{"the unjudged stay behind", []pipeline.Hit{judged("a", 1, 20, -9), unjudged("b", 2, 19), judged("c", 3, 2, 9), unjudged("d", 4, 1)},
			0.1, "a* c* b d", nil},
		{"relevance 1.0 in print, logits apart", []pipeline.Hit{judged("a", 1, 20, 50), judged("b", 2, 10, 60)},
			1, "b* a*", []float64{1, 1}},
		{"equal logits go by rank", []pipeline.Hit{judged("b", 2, 10, 1), judged("a", 1, 10, 1), judged("c", 3, 10, 1)},
			1, "a* b* c*", nil},
		{"equal scores go by logit", []pipeline.Hit{judged("a", 1, 10, 50), judged("b", 2, 10, 60)},
			0.5, "b* a*", []float64{1, 1}},
		{"BM25 all zero", []pipeline.Hit{judged("a", 1, 0, 0), unjudged("b", 2, 0)},
			0.5, "a* b", []float64{0.25, 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := pipeline.Order(test.hits, test.blend)
			if ids(got) != test.want {
				t.Errorf("order %s, want %s", ids(got), test.want)
			}
			for i, s := range test.scores {
				if math.Abs(got[i].Score-s) > 1e-12 {
					t.Errorf("score of %s is %v, want %v", got[i].ID, got[i].Score, s)
				}
			}
		})
	}
}

// The blend in force is the query's, else the pipeline's, else the model card's, else 1.
func TestBlendInForce(t *testing.T) {
	tests := []struct{ query, config, card, want float64 }{
		{0, 0, 0, 1}, {0, 0, 0.3, 0.3}, {0, 0.4, 0.3, 0.4}, {0.5, 0.4, 0.3, 0.5}, {1, 0.4, 0.3, 1},
	}
	for _, test := range tests {
		fake := &reranktest.Fake{Card: rerank.Model{Blend: test.card}, Judge: upsideDown}
		a := search(t, pipeline.Config{Retriever: found(3), Scorer: fake, Blend: test.config}, pipeline.Query{Text: "q", Blend: test.query})
		if a.Rerank.Blend != test.want {
			t.Errorf("%+v: blend %v", test, a.Rerank.Blend)
		}
		for _, h := range a.Hits {
			if want := test.want*h.Rerank.Relevance + (1-test.want)*h.BM25.Score/3; math.Abs(h.Score-want) > 1e-12 {
				t.Errorf("%+v: score of %s is %v, want %v", test, h.ID, h.Score, want)
			}
		}
	}
}

// Ranks are those of the model, whatever the blend makes of them.
func TestRerankRankIsByLogit(t *testing.T) {
	fake := &reranktest.Fake{Judge: upsideDown}
	a := search(t, pipeline.Config{Retriever: found(3), Scorer: fake}, pipeline.Query{Text: "q", Blend: 0.01})
	if got, want := ids(a.Hits), "d1* d2* d3*"; got != want {
		t.Fatalf("hits %s, want %s", got, want)
	}
	for i, h := range a.Hits {
		if h.Rerank.Rank != 3-i || h.BM25.Rank != i+1 {
			t.Errorf("%s: rerank rank %d, bm25 rank %d", h.ID, h.Rerank.Rank, h.BM25.Rank)
		}
	}
}

// Order of an answer's own hits gives the answer again: one pass of the model serves every blend.
func TestOrderOfAnAnswer(t *testing.T) {
	fake := &reranktest.Fake{Judge: upsideDown}
	cfg := pipeline.Config{Retriever: found(12), Scorer: fake, TopN: 12, Window: 8}
	for _, blend := range []float64{0.2, 0.7, 1} {
		all := search(t, cfg, pipeline.Query{Text: "q"})
		direct := search(t, cfg, pipeline.Query{Text: "q", Blend: blend})
		if got, want := ids(pipeline.Order(all.Hits, blend)), ids(direct.Hits); got != want {
			t.Errorf("blend %v: %s, want %s", blend, got, want)
		}
	}
}
