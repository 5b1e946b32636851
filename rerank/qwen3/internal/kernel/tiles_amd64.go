//go:build !purego

package kernel

const (
	q8byAVX2 kind = iota
	q8byAVXVNNI
	q8byAVX512x2
	q8byAVX512x1
	f32byAVX2
	f32byAVX512x4
	f32byAVX512x1
	bf16byAVX512x4
	bf16byAVX512x1
)

// run calls the function: by name, so that the compiler knows that t does not escape.
func (t *tile) run(k kind) {
	switch k {
	case q8byAVX2:
		q8AVX2(t)
	case q8byAVXVNNI:
		q8AVXVNNI(t)
	case q8byAVX512x2:
		q8AVX512x2(t)
	case q8byAVX512x1:
		q8AVX512x1(t)
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
func q8AVX2(t *tile)

//go:noescape
func q8AVXVNNI(t *tile)

//go:noescape
func q8AVX512x2(t *tile)

//go:noescape
func q8AVX512x1(t *tile)

//go:noescape
func f32AVX2(t *tile)

//go:noescape
func f32AVX512x4(t *tile)

//go:noescape
func f32AVX512x1(t *tile)
