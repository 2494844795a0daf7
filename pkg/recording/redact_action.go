package recording

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Mask is what stands in place of a secret.
const Mask = "[redacted]"

// hashBegin is before the hash of a secret; ] follows it.
const hashBegin = "[hash:"

// hashBytes is how much of the HMAC is kept: enough that different values stay different among billions.
const hashBytes = 8

// IsRedacted reports whether any part of a value was replaced when it was recorded.
func IsRedacted(value string) bool {
	return strings.Contains(value, Mask) || strings.Contains(value, hashBegin)
}

// IsWhollyRedacted reports whether a value is what was put in place of a secret, and nothing else.
func IsWhollyRedacted(value string) bool {
	hash, isHash := strings.CutPrefix(value, hashBegin)
	return value == Mask || isHash && len(hash) == 2*hashBytes+1 && strings.HasSuffix(hash, "]")
}

// action is what happens to a secret.
type action uint8

const (
	// masked puts Mask in its place, hashed a keyed hash, so that equal secrets stay equal; dropped leaves it out.
	masked action = iota
	hashed
	dropped
)

func parseAction(text string) (action, bool) {
	switch text {
	case "mask":
		return masked, true
	case "hash":
		return hashed, true
	case "drop":
		return dropped, true
	}
	return masked, false
}

// replacement returns what stands in place of a secret; nothing where it is dropped.
func (r *Redactor) replacement(a action, secret string) string {
	switch a {
	case hashed:
		return r.hash(secret)
	case dropped:
		return ""
	}
	return Mask
}

// hash returns HMAC-SHA-256 (RFC 2104), cut to 64 bits.
func (r *Redactor) hash(secret string) string {
	if len(r.key) == 0 {
		return Mask
	}
	if IsWhollyRedacted(secret) {
		return secret // already
	}
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte(secret))
	return hashBegin + hex.EncodeToString(mac.Sum(nil)[:hashBytes]) + "]"
}
