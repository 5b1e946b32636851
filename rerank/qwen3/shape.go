package qwen3

import (
	"fmt"

	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
)

// A shape is the size of a model, as its files state it.
type shape struct {
	layers   int
	hidden   int // width of a token's state
	ffn      int // width inside the feed-forward block
	heads    int // query heads
	kvHeads  int // key/value heads; each serves heads/kvHeads query heads
	headDim  int
	context  int // positions that the model was made for
	ropeBase float64
	eps      float64 // of RMSNorm
}

// Bounds on what a file may claim, far above any published Qwen3 (8B: 36 layers, 4,096 wide): a damaged file must not
// make the engine allocate what its bytes do not warrant.
const (
	maxLayers  = 1024
	maxWidth   = 1 << 17
	maxContext = 1 << 30
	maxGroup   = 64 // query heads that share a key head; published models have 2 and 4
)

func (s shape) check() error {
	switch {
	case s.heads%s.kvHeads != 0:
		return fmt.Errorf("%d query heads cannot share %d key heads", s.heads, s.kvHeads)
	case s.heads/s.kvHeads > maxGroup:
		return fmt.Errorf("%d query heads share %d key heads, which is more than any Qwen3 has", s.heads, s.kvHeads)
	case s.headDim%kernel.Cols != 0 || s.hidden%kernel.Cols != 0 || s.ffn%kernel.Cols != 0:
		return fmt.Errorf("a head of %d, a width of %d or a feed-forward width of %d is no multiple of %d", s.headDim, s.hidden, s.ffn, kernel.Cols)
	case s.heads*s.headDim > maxWidth:
		return fmt.Errorf("%d heads of %d numbers are more than any Qwen3 has", s.heads, s.headDim)
	}
	return nil
}
