package tensor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
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

// rowsOf are n rows of random numbers.
func rowsOf(n, width int) *Rows {
	x := NewRows(n, width)
	for i := range n {
		copy(x.Row(i), random(n * width)[i*width:])
	}
	return x
}

// inQ8 packs a matrix in 8 bits and leaves in w what it is then.
func inQ8(t *testing.T, w []float32, out, in int) *Matrix {
	t.Helper()
	at := 0
	m, err := PackQ8(out, in, func(numbers []byte, scales []float32) error {
		kernel.Sets()[0].Quantise(numbers, scales, w[at:at+in])
		for i := range numbers {
			w[at+i] = float32(int8(numbers[i])) * scales[i/kernel.Block]
		}
		at += in
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// rounded packs a matrix by PackBF16 or PackInt8.
func rounded(t *testing.T, pack func(int, int, func([]float32) error) (*Matrix, error), w []float32, out, in int) *Matrix {
	t.Helper()
	at := 0
	m, err := pack(out, in, func(x []float32) error {
		at += copy(x, w[at:])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A product in float32 is exact but for rounding; in 8 bits it is off by what activations lose, and in bfloat16 by what
// both lose, below a hundredth; with one scale a row by some more.
func TestMulIsAMatrixProduct(t *testing.T) {
	const out, in = 272, 64
	w := random(out * in)
	floats, err := Pack(w, out, in)
	if err != nil {
		t.Fatal(err)
	}
	w8 := slices.Clone(w)
	bytes, brains, int8s := inQ8(t, w8, out, in), rounded(t, PackBF16, w, out, in), rounded(t, PackInt8, w, out, in)
	for _, set := range kernel.Sets() {
		for rows := 1; rows <= 2*kernel.Rows+1; rows++ {
			t.Run(fmt.Sprintf("%s/%d", set.Name, rows), func(t *testing.T) {
				testMul(t, set, floats, w, rows, 1e-5)
				testMul(t, set, bytes, w8, rows, 0.01)
				testMul(t, set, brains, w, rows, 0.01)
				testMul(t, set, int8s, w, rows, 0.02)
			})
		}
	}
}

func testMul(t *testing.T, set kernel.Set, m *Matrix, w []float32, rows int, tolerance float64) {
	for _, columns := range [][2]int{{0, m.Out}, {16, 32}, {48, m.Out}} {
		from, to := columns[0], columns[1]
		x, y := rowsOf(rows, m.In), NewRows(rows, to-from)
		if err := m.Mul(t.Context(), Cores{set, 1}, y.Data, y.LD, x, rows, from, to, false); err != nil {
			t.Fatal(err)
		}
		if err := m.Mul(t.Context(), Cores{set, 3}, y.Data, y.LD, x, rows, from, to, true); err != nil { // twice as much
			t.Fatal(err)
		}
		for r := range rows {
			for o := from; o < to; o++ {
				var want, size float64
				for i, v := range x.Row(r) {
					p := float64(w[o*m.In+i]) * float64(v)
					want, size = want+2*p, size+2*math.Abs(p)
				}
				if got := float64(y.Row(r)[o-from]); math.Abs(got-want) > tolerance*size {
					t.Fatalf("columns %d to %d: y[%d][%d] = %v, want %v", from, to, r, o, got, want)
				}
			}
		}
	}
}

// What was rounded is used again until the owner says that it has changed.
func TestRowsAreRoundedOnce(t *testing.T) {
	testRounding(t, inQ8(t, random(16*32), 16, 32))
	testRounding(t, rounded(t, PackBF16, random(16*32), 16, 32))
	testRounding(t, rounded(t, PackInt8, random(16*32), 16, 32))
}

func testRounding(t *testing.T, m *Matrix) {
	set := kernel.Sets()[0]
	x, y := rowsOf(2, 32), NewRows(2, 16)
	product := func() float32 {
		if err := m.Mul(t.Context(), Cores{Kernel: set}, y.Data, y.LD, x, 2, 0, 16, false); err != nil {
			t.Fatal(err)
		}
		return y.Row(1)[3]
	}
	before := product()
	clear(x.Data)
	if product() != before {
		t.Error("the rows were rounded again")
	}
	if x.Changed(nil); product() != 0 {
		t.Error("the rows were not rounded again")
	}
}

// Fine rows are as good as in float32, and the others are what they are without.
func TestFineRows(t *testing.T) {
	const out, in, rows = 80, 96, 14
	w := random(out * in)
	m := inQ8(t, w, out, in)
	for _, set := range kernel.Sets() {
		product := func(fine []int) (*Rows, *Rows) {
			x, y := rowsOf(rows, in), NewRows(rows, out)
			x.Changed(fine)
			if err := m.Mul(t.Context(), Cores{set, 2}, y.Data, y.LD, x, rows, 0, out, false); err != nil {
				t.Fatal(err)
			}
			return x, y
		}
		_, coarse := product(nil)
		for _, fine := range [][]int{{0}, {13}, {2, 3, 7}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}} {
			x, y := product(fine)
			for r := range rows {
				if !slices.Contains(fine, r) {
					if !slices.Equal(y.Row(r), coarse.Row(r)) {
						t.Errorf("%s: row %d is another beside fine rows %v", set.Name, r, fine)
					}
					continue
				}
				for o, got := range y.Row(r) {
					var want, size float64
					for i, v := range x.Row(r) {
						p := float64(v) * float64(w[o*in+i])
						want, size = want+p, size+math.Abs(p)
					}
					if math.Abs(float64(got)-want) > 1e-4*size {
						t.Fatalf("%s: fine row %d: column %d is %v, want %v", set.Name, r, o, got, want)
					}
				}
			}
		}
	}
}

func TestMulStopsWithItsContext(t *testing.T) {
	m, _ := Pack(random(256), 16, 16)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := m.Mul(ctx, Cores{kernel.Sets()[0], 2}, make([]float32, 96), 16, rowsOf(1, 16), 1, 0, 16, false)
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
	_, err8 := PackQ8(16, 48, nil)
	_, err16 := PackBF16(16, 48, nil)
	_, errInt := PackInt8(16, 48, nil)
	if err8 == nil || err16 == nil || errInt == nil {
		t.Error("rows that are no whole blocks were packed")
	}
}

func ExampleRMSNorm() {
	x, weight := slices.Repeat([]float32{3, -3}, 8), slices.Repeat([]float32{1, 1, 2, 2}, 4)
	RMSNorm(kernel.Sets()[0], x, x, weight, 0)
	fmt.Println(x[:4])
	// Output: [1 -1 2 -2]
}
