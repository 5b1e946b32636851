package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// A product is A·Wᵀ in 8 bits: quantised rows of activations, packed weights, and the same weights unpacked.
type product struct {
	set     Set
	x       []float32 // activations, [rows padded][k]
	a       Q8Rows
	numbers []byte // weights as signed bytes, [16n][k]
	scales  []float32
	w       []byte
	n, k    int
}

func newProduct(r *rand.Rand, set Set, rows, n, k int) *product {
	p := &product{set: set, x: random(r, PadRows(rows)*k), n: n, k: k, w: make([]byte, Q8Bytes(n, k))}
	for range n * Cols {
		for range k / Block {
			p.scales = append(p.scales, r.Float32()/100)
		}
		for range k {
			p.numbers = append(p.numbers, byte(r.IntN(256))) // -128 too, which files may have
		}
	}
	p.pack()
	p.quantise()
	return p
}

func (p *product) pack() {
	for row := range p.n * Cols {
		PackQ8(p.w, row, p.numbers[row*p.k:][:p.k], p.scales[row*p.k/Block:][:p.k/Block])
	}
}

// quantise puts the activations down, in rows that lie apart.
func (p *product) quantise() {
	rows := len(p.x) / p.k
	p.a = Q8Rows{LD: p.k + 32, LDScales: p.k/Block + 3}
	p.a.Data, p.a.Scales = make([]byte, rows*p.a.LD), make([]float32, rows*p.a.LDScales)
	for r := range rows {
		p.set.Quantise(p.a.Data[r*p.a.LD:], p.a.Scales[r*p.a.LDScales:][:p.k/Block], p.x[r*p.k:][:p.k])
	}
}

func (p *product) mul(c []float32, ldc, rows int, add bool) {
	p.set.MulQ8(c, ldc, p.a, rows, p.w, p.n, p.k, add)
}

// rounded are the activations of a row as whole numbers, by the specification.
func (p *product) rounded(row int) (numbers []byte, scales []float32) {
	numbers, scales = make([]byte, p.k), make([]float32, p.k/Block)
	quantiseGeneric(numbers, scales, p.x[row*p.k:][:p.k])
	return numbers, scales
}

// check compares C to what float64 gives for the same whole numbers.
func (p *product) check(t *testing.T, c, before []float32, ldc, rows int, add bool) {
	t.Helper()
	for r := range rows {
		x, scales := p.rounded(r)
		for j := range p.n * Cols {
			var want, size float64
			if add {
				want = float64(before[r*ldc+j])
				size = math.Abs(want)
			}
			for b := range p.k / Block {
				whole := 0
				for i := b * Block; i < (b+1)*Block; i++ {
					whole += int(int8(x[i])) * int(int8(p.numbers[j*p.k+i]))
				}
				v := float64(whole) * float64(scales[b]) * float64(p.scales[j*p.k/Block+b])
				want, size = want+v, size+math.Abs(v)
			}
			if got := float64(c[r*ldc+j]); !(math.Abs(got-want) <= 1e-6*size) {
				t.Fatalf("C[%d][%d] = %v, want %v", r, j, got, want)
			}
		}
	}
}

// A multiplied is a product of one form, which knows what must come out.
type multiplied interface {
	mul(c []float32, ldc, rows int, add bool)
	check(t *testing.T, c, before []float32, ldc, rows int, add bool)
}

// testProduct multiplies in both modes, into rows of n panels that lie apart, and makes sure that what is between them stays.
func testProduct(t *testing.T, p multiplied, rows, n int) {
	t.Helper()
	ldc := n*Cols + 5
	for _, add := range []bool{false, true} {
		c := random(rand.New(rand.NewPCG(1, 1)), PadRows(rows)*ldc)
		before := slices.Clone(c)
		p.mul(c, ldc, rows, add)
		p.check(t, c, before, ldc, rows, add)
		for i := range c {
			if i%ldc >= n*Cols && c[i] != before[i] {
				t.Fatalf("element %d outside the product changed", i)
			}
		}
	}
}

// All remainders of rows and panels, and of k in blocks of the cache.
func TestMulQ8(t *testing.T) {
	for _, set := range Sets() {
		for rows := 1; rows <= 2*Rows+1; rows++ {
			for _, shape := range []struct{ n, k int }{{1, 32}, {2, 64}, {3, 512}, {4, 544}, {5, 1024}} {
				t.Run(fmt.Sprintf("%s/%dx%dx%d", set.Name, rows, shape.n*Cols, shape.k), func(t *testing.T) {
					p := newProduct(rand.New(rand.NewPCG(uint64(rows), uint64(shape.k))), set, rows, shape.n, shape.k)
					testProduct(t, p, rows, shape.n)
				})
			}
		}
	}
}

// The real widths of the 0.6B, 4B and 8B models.
func TestMulQ8AtRealWidths(t *testing.T) {
	for _, set := range Sets() {
		for _, k := range []int{1024, 2048, 2560, 3072, 4096, 9728, 12288} {
			p := newProduct(rand.New(rand.NewPCG(7, uint64(k))), set, 3, 2, k)
			c := make([]float32, Rows*2*Cols)
			p.mul(c, 2*Cols, 3, false)
			p.check(t, c, nil, 2*Cols, 3, false)
		}
	}
}

// The largest whole numbers of both signs in every place, where sums that are too narrow would overflow.
func TestMulQ8OfExtremes(t *testing.T) {
	for _, set := range Sets() {
		for _, activation := range []float32{1, -1} {
			for _, weight := range []int8{127, -127, -128} {
				p := newProduct(rand.New(rand.NewPCG(1, 2)), set, 2, 2, 64)
				for i := range p.x {
					p.x[i] = activation
				}
				for i := range p.numbers {
					p.numbers[i] = byte(weight)
				}
				p.pack()
				p.quantise()
				c := make([]float32, Rows*2*Cols)
				p.mul(c, 2*Cols, 2, false)
				p.check(t, c, nil, 2*Cols, 2, false)
			}
		}
	}
}

// Assembly gives one result, to the bit, whatever the class of CPU.
func TestMulQ8IsTheSameInAllAssembly(t *testing.T) {
	sets := Sets()[1:]
	for _, set := range sets {
		var want, got []float32
		for i, s := range []Set{sets[0], set} {
			p := newProduct(rand.New(rand.NewPCG(3, 4)), s, 13, 5, 1056)
			c := make([]float32, PadRows(13)*5*Cols)
			p.mul(c, 5*Cols, 13, false)
			if c = c[:13*5*Cols]; i == 0 {
				want = c
			} else {
				got = c
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s differs from %s", set.Name, sets[0].Name)
		}
	}
}

// A NaN or infinity among the activations makes its row NaN or infinite, and no other.
func TestMulQ8PassesNaNOn(t *testing.T) {
	for _, set := range Sets() {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			p := newProduct(rand.New(rand.NewPCG(5, 6)), set, 3, 2, 96)
			p.x[p.k+40] = float32(bad)
			p.quantise()
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

func TestQuantise(t *testing.T) {
	tiny := float32(math.SmallestNonzeroFloat32)
	ramp := make([]float32, Block)
	for i := range ramp {
		ramp[i] = float32(i) - 15.5
	}
	rows := map[string][]float32{
		"zeros":       make([]float32, Block),
		"denormals":   slices.Repeat([]float32{tiny, -3 * tiny}, Block/2),
		"one number":  append([]float32{-1e30}, make([]float32, Block-1)...),
		"a ramp":      ramp,
		"ties":        append([]float32{127}, slices.Repeat([]float32{0.5, 1.5, 2.5, -0.5, -1.5}, 7)[:Block-1]...),
		"the largest": slices.Repeat([]float32{math.MaxFloat32, -math.MaxFloat32}, Block/2),
		"noise":       random(rand.New(rand.NewPCG(9, 9)), 8*Block),
	}
	for _, set := range Sets() {
		for name, x := range rows {
			wantQ, wantS := make([]byte, len(x)), make([]float32, len(x)/Block)
			quantiseGeneric(wantQ, wantS, x)
			q, s := make([]byte, len(x)), make([]float32, len(x)/Block)
			set.Quantise(q, s, x)
			if q[0] != wantQ[0] { // unsigned
				for i := range q {
					q[i] ^= 0x80
				}
			}
			if !slices.Equal(q, wantQ) || !slices.Equal(s, wantS) {
				t.Errorf("%s: %s: %v x %v, want %v x %v", set.Name, name, s, q, wantS, wantQ)
			}
		}
	}
}

// What is left and the rounded numbers together are the numbers.
func TestLeft(t *testing.T) {
	x := random(rand.New(rand.NewPCG(6, 6)), 4*Block)
	want, scales := make([]byte, len(x)), make([]float32, len(x)/Block)
	quantiseGeneric(want, scales, x)
	for _, set := range Sets() {
		q, s, left := make([]byte, len(x)), make([]float32, len(x)/Block), make([]float32, len(x))
		set.Quantise(q, s, x)
		set.Left(left, q, s, x)
		for i, v := range left {
			if sum := float64(int8(want[i]))*float64(scales[i/Block]) + float64(v); math.Abs(sum-float64(x[i])) > 1e-7 {
				t.Fatalf("%s: %v is %d x %v and %v is left", set.Name, x[i], int8(want[i]), scales[i/Block], v)
			}
		}
	}
}

// The relative RMS error of a product of Gaussian numbers, weights and activations in blocks of 8
// bits, is below one per cent.
func TestAccuracyOfMulQ8(t *testing.T) {
	for _, set := range Sets() {
		const rows, n, k = 12, 4, 1024
		r := rand.New(rand.NewPCG(11, 11))
		p := newProduct(r, set, rows, n, k)
		w := random(r, n*Cols*k)
		for row := range n * Cols {
			for b := range k / Block {
				block := w[row*k+b*Block:][:Block]
				numbers, scale := make([]byte, Block), make([]float32, 1)
				quantiseGeneric(numbers, scale, block)
				copy(p.numbers[row*k+b*Block:], numbers)
				p.scales[row*k/Block+b] = scale[0]
			}
		}
		p.pack()
		c := make([]float32, rows*n*Cols)
		p.mul(c, n*Cols, rows, false)
		var difference, size float64
		for i, got := range c {
			var want float64
			for j := range k {
				want += float64(p.x[i/(n*Cols)*k+j]) * float64(w[i%(n*Cols)*k+j])
			}
			difference += (float64(got) - want) * (float64(got) - want)
			size += want * want
		}
		relative := 100 * math.Sqrt(difference/size)
		t.Logf("%s: %.2f %%", set.Name, relative)
		if relative > 1 {
			t.Errorf("%s: the relative error is %.2f %%, want below 1 %%", set.Name, relative)
		}
	}
}
