package inflate

const (
	// Free is how many bytes one direction of a stream may decompress to in any case, ratio how many more for each byte that it
	// has sent compressed. deflate makes up to 1,032 bytes of one, at a third of a second of processor time for each 100 MB;
	// what people and programs send has 20 of one at most.
	Free  = 16 << 20
	ratio = 64
)

// Allowance bounds the processor time that one direction of a stream can have spent on decompression of what nobody may ever
// read: messages of which later ones need the end.
type Allowance struct{ spent int64 }

// Earn is called with the size of what came compressed, in bytes.
func (a *Allowance) Earn(n int) { a.spent -= ratio * int64(n) }

// Spend is called with the size of what it was decompressed to, and reports whether that was within the allowance.
func (a *Allowance) Spend(n int) bool {
	a.spent += int64(n)
	return a.spent <= Free
}
