//go:build !purego

package kernel

const (
	q8bySMULL kind = iota
	q8bySDOT
	f32byFMLA
)

// run calls the function: by name, so that the compiler knows that t does not escape.
func (t *tile) run(k kind) {
	switch k {
	case q8bySMULL:
		q8SMULL(t)
	case q8bySDOT:
		q8SDOT(t)
	case f32byFMLA:
		f32FMLA(t)
	}
}

// The functions that gen writes. Which tile each computes is said in the assembly.

//go:noescape
func q8SMULL(t *tile)

//go:noescape
func q8SDOT(t *tile)

//go:noescape
func f32FMLA(t *tile)
