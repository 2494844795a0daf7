// Package field reads the fields of HTTP/1 messages (RFC 9112 section 5), for who reads requests and for who reads answers.
package field
