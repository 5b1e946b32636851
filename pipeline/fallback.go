package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/quern-search/quern/rerank"
)

// A verdict is what the models of a pipeline make of a task.
type verdict struct {
	judging           // the one that counts
	asked   []judging // all of them, in order; each but perhaps the last has an error
	before  []judging // those of asked before the one that counts
}

// judge asks the models in their order, each for the whole of t, until one has judged all or none is left. What one has
// judged before it failed is not filled up by the next, since their scores share no scale: if nobody judges all, who
// judged most counts, the earlier of equals.
//
// ctx has the deadline. Once it has ended, models only say what is cached.
func (p *Pipeline) judge(ctx context.Context, t rerank.Task) verdict {
	var v verdict
	best := 0
	for i := range p.judges {
		v.asked = append(v.asked, p.judgeBy(ctx, i, t))
		if len(v.asked[i].scores) > len(v.asked[best].scores) {
			best = i
		}
		if v.asked[i].err == nil {
			best = i
			break
		}
	}
	v.judging, v.before = v.asked[best], v.asked[:best]
	return v
}

// judgeBy asks the model at place i, within its share of the time.
func (p *Pipeline) judgeBy(ctx context.Context, i int, t rerank.Task) judging {
	if share, ok := p.share(ctx, i); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, share, overdue(fmt.Sprintf("its time of %v passed", share)))
		defer cancel()
	}
	return p.judges[i].judge(ctx, t)
}

// share is the time that the model at place i may take, or false where it may take all that is left: see
// Config.FallbackAfter.
func (p *Pipeline) share(ctx context.Context, i int) (time.Duration, bool) {
	if i == len(p.judges)-1 {
		return 0, false
	}
	after := p.cfg.FallbackAfter
	end, ok := ctx.Deadline()
	if !ok {
		return after, after > 0
	}
	if left := time.Until(end); after == 0 || after >= left {
		after = (left * 2 / 3).Truncate(time.Millisecond) // it is shown to people
	}
	return after, true
}

// report tells what became of the n documents of q's window.
func (v verdict) report(q Query, n int) Rerank {
	r := Rerank{Status: OK, Model: v.model.Name, Fallback: whyEach(v.before, n), Judged: len(v.scores), Window: n, Tokens: v.tokens}
	if len(v.scores) > 0 {
		r.Blend = cmp.Or(q.Blend, v.model.Blend, 1)
	}
	if v.err == nil {
		return r
	}
	r.Status, r.Reason = Partial, v.why(n, maxReason)
	if len(v.scores) == 0 {
		r.Status = Failed
	}
	if len(v.asked) > 1 {
		r.Reason = whyEach(v.asked, n)
	}
	return r
}
