package websocket

import "fmt"

// Side is one of the two that a relay is between.
type Side string

// The sides.
const (
	Client   Side = "client"
	Upstream Side = "upstream"
)

// Problem is what is wrong with what a side has sent.
type Problem int

// The problems.
const (
	// TooLarge is a message above the limit, Unreadable a compressed one that cannot be decompressed, and Protocol what breaks
	// RFC 6455 or RFC 7692.
	TooLarge Problem = iota
	Unreadable
	Protocol
)

// ViolationError is why a connection was closed for what a side has sent.
type ViolationError struct {
	By      Side
	Problem Problem
	// Reason says what is wrong with the protocol.
	Reason string
}

// Error says what happened.
func (v *ViolationError) Error() string {
	switch v.Problem {
	case TooLarge:
		return fmt.Sprintf("the %s sent a message that is larger than the limit", v.By)
	case Unreadable:
		return fmt.Sprintf("a compressed message of the %s cannot be read", v.By)
	}
	return fmt.Sprintf("the %s broke the WebSocket protocol: %s", v.By, v.Reason)
}

// code returns the close code that says so.
func (v *ViolationError) code() int {
	switch v.Problem {
	case TooLarge:
		return closeTooBig
	case Unreadable:
		return closeInvalid
	}
	return closeProtocol
}
