# curl signs by itself. It names the hash of a body only where it is told to: the first call is refused for that.
signed() { curl -sS --http1.1 -K keys --aws-sigv4 aws:amz:us-west-004:s3 "$@"; }
b2() { signed -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" "$@"; }
URL=https://s3.us-west-004.backblazeb2.com
signed $URL/
b2 $URL/
b2 -X PUT $URL/curl-tour
b2 -T hello.txt $URL/curl-tour/hello.txt
b2 $URL/curl-tour/hello.txt
b2 "$URL/curl-tour?list-type=2&prefix=he"
b2 -X DELETE $URL/curl-tour/hello.txt
true
