"""Debug logs of S3 clients: what they say that they signed.

Who prints what
---------------
botocore, hence boto3 and `aws --debug`: canonical request, string to sign and signature. s3cmd `--debug`: canonical
request and Authorization. AWS SDK for Java, versions 1 and 2: canonical request and string to sign, at DEBUG. AWS SDK
for Go, versions 1 and 2, and what signs with their code: the same, and the URL where one was presigned. The C runtime
(aws-crt), which signs for several SDKs: all three. AWS SDK for JavaScript v3: none of it, whatever `logger` it is
given; only Node's own `NODE_DEBUG=http` shows the headers that it hands on.

One module a program, each a table of what stands where (`shape`), but for Node. A log is text from elsewhere: it may
be huge, cut, mixed from several processes, prefixed line by line, coloured, or wrapped in JSON. What it cannot be made
sense of is passed over.
"""
