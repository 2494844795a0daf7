//go:build !unix

package main

import "errors"

// signal is what is done to a process.
type signal int

const (
	ending signal = iota
	freezing
	thawing
)

// send needs signals, which other systems do not have.
func send(int, signal) error { return errors.New("needs the signals of Unix") }
