//go:build !purego

package kernel

const (
	q8byAVX2r6 kind = iota
	q8byAVX2r2
	q8byAVXVNNIr6
	q8byAVXVNNIr2
	q8byAVX512r6x2
	q8byAVX512r6x1
	q8byAVX512r2x2
	q8byAVX512r2x1
	f32byAVX2
	f32byAVX512x4
	f32byAVX512x1
	bf16byAVX512x4
	bf16byAVX512x1
)

// run calls the function: by name, so that the compiler knows that t does not escape.
func (t *tile) run(k kind) {
	switch k {
	case q8byAVX2r6:
		q8AVX2r6(t)
	case q8byAVX2r2:
		q8AVX2r2(t)
	case q8byAVXVNNIr6:
		q8AVXVNNIr6(t)
	case q8byAVXVNNIr2:
		q8AVXVNNIr2(t)
	case q8byAVX512r6x2:
		q8AVX512r6x2(t)
	case q8byAVX512r6x1:
		q8AVX512r6x1(t)
	case q8byAVX512r2x2:
		q8AVX512r2x2(t)
	case q8byAVX512r2x1:
		q8AVX512r2x1(t)
	case f32byAVX2:
		f32AVX2(t)
	case f32byAVX512x4:
		f32AVX512x4(t)
	case f32byAVX512x1:
		f32AVX512x1(t)
	case bf16byAVX512x4:
		bf16AVX512x4(t)
	case bf16byAVX512x1:
		bf16AVX512x1(t)
	}
}

// The functions that gen writes. Which tile each computes is said in the assembly.

//go:noescape
func q8AVX2r6(t *tile)

//go:noescape
func q8AVX2r2(t *tile)

//go:noescape
func q8AVXVNNIr6(t *tile)

//go:noescape
func q8AVXVNNIr2(t *tile)

//go:noescape
func q8AVX512r6x2(t *tile)

//go:noescape
func q8AVX512r6x1(t *tile)

//go:noescape
func q8AVX512r2x2(t *tile)

//go:noescape
func q8AVX512r2x1(t *tile)

//go:noescape
func f32AVX2(t *tile)

//go:noescape
func f32AVX512x4(t *tile)

//go:noescape
func f32AVX512x1(t *tile)
