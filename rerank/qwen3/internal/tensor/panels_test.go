package tensor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
)

func random(n int) []float32 {
	r := rand.New(rand.NewPCG(uint64(n), 9))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func TestMulIsAMatrixProduct(t *testing.T) {
	const out, in = 48, 32
	w := random(out * in)
	p, err := Pack(w, out, in)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range kernel.Sets() {
		for rows := 1; rows <= 2*kernel.Rows+1; rows++ {
			const ldx, ldy = in + 16, out + 16
			x, y := random(PadRows(rows)*ldx), make([]float32, PadRows(rows)*ldy)
			if err := p.Mul(t.Context(), set, y, ldy, x, ldx, rows, false); err != nil {
				t.Fatal(err)
			}
			for r := range rows {
				for o := range out {
					var want float64
					for i := range in {
						want += float64(w[o*in+i]) * float64(x[r*ldx+i])
					}
					if math.Abs(float64(y[r*ldy+o])-want) > 1e-4 {
						t.Fatalf("%s: %d rows: y[%d][%d] = %v, want %v", set.Name, rows, r, o, y[r*ldy+o], want)
					}
				}
			}
		}
	}
}

func TestMulStopsWithItsContext(t *testing.T) {
	p, _ := Pack(random(256), 16, 16)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := p.Mul(ctx, kernel.Sets()[0], make([]float32, 96), 16, make([]float32, 96), 16, 1, false)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

func TestPackRefusesOddSizes(t *testing.T) {
	for _, size := range [][2]int{{15, 16}, {16, 24}, {0, 16}} {
		if _, err := Pack(make([]float32, size[0]*size[1]), size[0], size[1]); err == nil {
			t.Errorf("%d x %d was packed", size[0], size[1])
		}
	}
	if _, err := Pack(make([]float32, 3), 16, 16); err == nil {
		t.Error("a matrix with numbers missing was packed")
	}
}

func ExampleRMSNorm() {
	x := []float32{3, -3, 3, -3}
	RMSNorm(x, x, []float32{1, 1, 2, 2}, 0)
	fmt.Println(x)
	// Output: [1 -1 2 -2]
}
