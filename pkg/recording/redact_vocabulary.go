package recording

// The names that secrets have, in the spelling of words_with_underscores; how they are written does not matter. They are
// what the scrubbers of Sentry, Datadog and GitLab look for, without what is no credential: contents, addresses, titles.

// endNames tell a secret as the end of any longer name: password of newPassword and of dbpassword.
var endNames = []string{
	"password", "passwords", "passwd", "pwd", "passphrase", "passcode", "passwort", "kennwort",
	"secret", "secrets", "secret_id", "credential", "credentials", "authorization",
	"token", "access_tokens", "refresh_tokens", "auth_tokens", "api_tokens", "bearer_tokens", "jwt",
	"api_key", "api_keys", "app_key", "application_key", "access_key", "access_keys", "secret_key", "private_key", "private_keys", "priv_key",
	"auth_key", "authentication_key", "privacy_key", "encryption_key", "decryption_key", "encrypted_key", "signing_key", "master_key",
	"account_key", "shared_key", "subscription_key", "service_key", "server_key", "consumer_key", "license_key", "session_key",
	"functions_key", "partner_key", "recovery_key", "hmac_key", "status_key",
	"session_id", "sess_id", "connect_sid", "otp_attempt", "two_factor_code", "mfa_code", "otp_code", "totp_code", "verification_code",
	"security_code", "recovery_code", "recovery_codes", "backup_code", "backup_codes", "reset_code", "one_time_code",
	"authorization_code", "auth_code", "device_code", "code_verifier", "client_assertion", "saml_response", "saml_assertion",
	"connection_string", "sentry_dsn", "community_string", "community_strings",
	"card_number", "card_verification_value", "social_security_number", "lodauth",
}

// wordNames tell a secret as the last words of a name: pass of user_pass, not of compass.
var wordNames = []string{"pw", "otp", "totp", "two_factor", "cvv", "cvv2", "cvc", "cvc2", "ssn", "csrf", "xsrf", "creds", "psk", "bearer"}

// textNames are wordNames that are as often something else, so that only texts and lists of texts are secret.
var textNames = []string{"pass", "auth", "oauth", "session", "cookie", "set_cookie", "token_id"}

// queryNames are secrets in a query or a form, besides.
var queryNames = []string{"key", "code", "sig", "signature", "hmac", "assertion", "appid", "sign"}

// headerNames are secrets in headers, besides.
var headerNames = []string{
	"cookie", "set-cookie", "x-api-key", "proxy-authorization", "authentication", "key", "signature", "signature-256", "hmac", "hmac-sha256", "assertion",
}

// queryReach and headerReach are for names that are as much as that of a longer one there.
var (
	queryReach  = map[string]reach{"signature": words, "assertion": words, "hmac": words}
	headerReach = map[string]reach{
		"authentication": words, "key": words, "signature": words, "signature256": words, "hmac": words, "hmacsha256": words, "assertion": words,
	}
)

// openNames end as secrets do, and are none: of pagination, of language models, of caches and databases.
var openNames = []string{
	"next_token", "page_token", "prev_token", "previous_token", "continuation_token", "continue_token", "pagination_token", "sync_token", "resume_token",
	"max_token", "num_token", "per_token", "bos_token", "eos_token", "pad_token", "unk_token", "sep_token", "cls_token", "mask_token", "stop_token",
	"start_token", "end_token", "special_token",
}

// openHeaders are the same for headers that end with key.
var openHeaders = []string{
	"idempotency-key", "sec-websocket-key", "surrogate-key", "cache-key", "correlation-key", "partition-key", "partitionkey", "routing-key", "sort-key",
	"shard-key", "dedup-key", "deduplication-key", "request-key", "public-key", "group-key", "object-key",
}

// tailNames may follow a name of endNames: password_confirmation, apiKeyValue.
var tailNames = []string{
	"confirmation", "confirm", "confirmed", "again", "repeat", "repeated", "retype", "verify", "verification", "hash", "hashed", "digest", "plain",
	"plaintext", "raw", "value", "val", "string", "str", "new", "old", "current", "prev", "previous", "b64", "base64", "hex", "encoded", "enc",
	"encrypted", "data", "primary", "secondary", "live", "prod", "production", "staging", "sandbox", "bin",
}

// vocabulary is how much of a longer name a known one may be, in normal form, and whether only texts are secret.
var vocabulary = func() map[string]nameRule {
	known := map[string]nameRule{}
	for _, name := range endNames {
		known[normalName(name)] = nameRule{secret: anywhere}
	}
	for _, name := range wordNames {
		known[normalName(name)] = nameRule{secret: words}
	}
	for _, name := range textNames {
		known[normalName(name)] = nameRule{secret: words, textOnly: true}
	}
	return known
}()

// secretNames returns the names that are secret wherever they stand.
func secretNames() []string {
	names := make([]string, 0, len(endNames)+len(wordNames)+len(textNames))
	return append(append(append(names, endNames...), wordNames...), textNames...)
}
