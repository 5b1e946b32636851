package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// An int8Product is A·Wᵀ in 8 bits with a scale for every row of both.
type int8Product struct {
	set     Set
	x       []float32 // activations, [rows padded][k]
	a       Q8Rows
	weights []float32 // [16n][k]
	w       []byte
	n, k    int
}

func newInt8Product(r *rand.Rand, set Set, rows, n, k int) *int8Product {
	p := &int8Product{set: set, x: random(r, PadRows(rows)*k), n: n, k: k, weights: random(r, n*Cols*k)}
	p.pack()
	return p
}

func (p *int8Product) pack() {
	p.w = make([]byte, Int8Bytes(p.n, p.k))
	for row := range p.n * Cols {
		PackInt8(p.w, row, p.weights[row*p.k:][:p.k])
	}
	rows := len(p.x) / p.k
	p.a = Q8Rows{LD: p.k + Int8Step, LDScales: 3, Scales: make([]float32, 3*rows)}
	p.a.Data = slices.Repeat([]byte{99}, rows*p.a.LD)
	for r := range rows {
		p.a.Scales[3*r] = p.set.QuantiseRow(p.a.Data[r*p.a.LD:], p.x[r*p.k:][:p.k])
	}
}

func (p *int8Product) mul(c []float32, ldc, rows int, add bool) {
	p.set.MulInt8(c, ldc, p.a, rows, p.w, p.n, p.k, add)
}

// check compares C to what float64 gives for the same whole numbers.
func (p *int8Product) check(t *testing.T, c, before []float32, ldc, rows int, add bool) {
	t.Helper()
	x, w := make([]byte, p.k), make([]byte, p.k)
	for j := range p.n * Cols {
		scale := quantiseRowGeneric(w, p.weights[j*p.k:][:p.k])
		for r := range rows {
			own := quantiseRowGeneric(x, p.x[r*p.k:][:p.k])
			whole := 0
			for i := range p.k {
				whole += int(int8(x[i])) * int(int8(w[i]))
			}
			want := float64(whole) * float64(own) * float64(scale)
			size := math.Abs(want)
			if add {
				want += float64(before[r*ldc+j])
				size += math.Abs(float64(before[r*ldc+j]))
			}
			if got := float64(c[r*ldc+j]); !(math.Abs(got-want) <= 1e-6*size) {
				t.Fatalf("%s: C[%d][%d] = %v, want %v", p.set.Name, r, j, got, want)
			}
		}
	}
}

// All remainders of rows and panels, more rows than are scaled at once, and a k that is no multiple of Int8Step.
func TestMulInt8(t *testing.T) {
	for _, set := range setsOf(Int8) {
		for _, rows := range []int{1, 6, 15, 16, 17, 31, 32, 33, 48, 129} {
			for _, shape := range []struct{ n, k int }{{1, 32}, {2, 64}, {3, 544}, {5, 96}} {
				t.Run(fmt.Sprintf("%s/%dx%dx%d", set.Name, rows, shape.n*Cols, shape.k), func(t *testing.T) {
					p := newInt8Product(rand.New(rand.NewPCG(uint64(rows), uint64(shape.k))), set, rows, shape.n, shape.k)
					testProduct(t, p, rows, shape.n)
				})
			}
		}
	}
}

// A NaN or infinity among the activations makes its row NaN or infinite, and no other.
func TestMulInt8PassesNaNOn(t *testing.T) {
	for _, set := range setsOf(Int8) {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			p := newInt8Product(rand.New(rand.NewPCG(5, 6)), set, 3, 2, 96)
			p.x[p.k+40] = float32(bad)
			p.pack()
			c := make([]float32, Rows*2*Cols)
			p.mul(c, 2*Cols, 3, false)
			for j, v := range c[:3*2*Cols] {
				finite := v-v == 0
				if middle := j/(2*Cols) == 1; finite == middle {
					t.Fatalf("%s: %v in row 1: C[%d][%d] = %v", set.Name, bad, j/(2*Cols), j%(2*Cols), v)
				}
			}
		}
	}
}
