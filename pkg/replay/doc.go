// Package replay sends a recording again to the upstream of its gateway, and compares the answer with the recorded one.
package replay
