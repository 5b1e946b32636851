package qwen3

import (
	"math"

	"github.com/quern-search/quern/rerank/qwen3/internal/tensor"
)

// rope holds cos and sin of position * base^(-2i/headDim), [context][headDim/2].
type rope struct{ cos, sin []float32 }

func newRope(s shape, context int) rope {
	half := s.headDim / 2
	r := rope{cos: make([]float32, context*half), sin: make([]float32, context*half)}
	for i := range half {
		frequency := math.Pow(s.ropeBase, -float64(i)/float64(half))
		for p := range context {
			sin, cos := math.Sincos(float64(p) * frequency)
			r.cos[p*half+i], r.sin[p*half+i] = float32(cos), float32(sin)
		}
	}
	return r
}

// turn normalises each head of a row and rotates it by its position (RoPE, the two halves of a head as the pairs).
func (w *worker) turn(row []float32, heads int, norm []float32, position int) {
	half := w.shape.headDim / 2
	cos, sin := w.rope.cos[position*half:][:half], w.rope.sin[position*half:][:half]
	for h := range heads {
		x := row[h*w.shape.headDim:][:w.shape.headDim]
		tensor.RMSNorm(w.kernel, x, x, norm, w.shape.eps)
		w.kernel.Rotate(x, cos, sin)
	}
}
