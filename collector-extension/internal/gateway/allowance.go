package gateway

const (
	// freeInflation is how many bytes one direction of a stream may decompress to in any case, maxInflation how many more for
	// each byte that it has sent compressed. deflate makes up to 1,032 bytes of one, at a third of a second of processor time
	// for each 100 MB; what people and programs send has 20 of one at most.
	freeInflation = 16 << 20
	maxInflation  = 64
)

// allowance bounds the processor time that one direction of a stream can have spent on decompression of what nobody may ever
// read: messages of which later ones need the end.
type allowance struct{ spent int64 }

// earn is called with the size of what came compressed, in bytes.
func (a *allowance) earn(n int) { a.spent -= maxInflation * int64(n) }

// spend is called with the size of what it was decompressed to, and reports whether that was within the allowance.
func (a *allowance) spend(n int) bool {
	a.spent += int64(n)
	return a.spent <= freeInflation
}
