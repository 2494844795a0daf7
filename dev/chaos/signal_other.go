//go:build !unix

package main

import "errors"

// order is what is done to a process.
type order int

const (
	ending order = iota
	freezing
	thawing
)

// send needs signals, which other systems do not have.
func send(int, order) error { return errors.New("needs the signals of Unix") }
