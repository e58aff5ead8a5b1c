"""How each SDK is told the things that fixes ask for again and again: option names and lines as users type them.

From the SDKs' own documentation and, for boto3, rclone, minio-py and obstore, their installed code. `us-west-004`
stands for the user's region.
"""

from __future__ import annotations

ENDPOINT = "https://s3.us-west-004.backblazeb2.com"

CREDENTIALS = {
    "boto3": 'boto3.client("s3", aws_access_key_id=KEY_ID, aws_secret_access_key=APPLICATION_KEY), or the variables'
    " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    "aws-cli": "Run `aws configure` and paste keyID and applicationKey; `aws configure list` says where they are read"
    " from: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY win over ~/.aws/credentials.",
    "js": 'new S3Client({ credentials: { accessKeyId: "KEY_ID", secretAccessKey: "APPLICATION_KEY" } })',
    "go": 'config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(keyID, applicationKey, ""))',
    "java": "S3Client.builder().credentialsProvider(StaticCredentialsProvider.create("
    "AwsBasicCredentials.create(keyId, applicationKey)))",
    "php": "'credentials' => ['key' => $keyId, 'secret' => $applicationKey]",
    "ruby": "Aws::S3::Client.new(access_key_id: key_id, secret_access_key: application_key)",
    "dotnet": "new AmazonS3Client(new BasicAWSCredentials(keyId, applicationKey), config)",
    "rclone": "access_key_id = KEY_ID and secret_access_key = APPLICATION_KEY in rclone.conf (`rclone config`).",
    "restic": "export AWS_ACCESS_KEY_ID=KEY_ID AWS_SECRET_ACCESS_KEY=APPLICATION_KEY",
    "s3cmd": "access_key = KEY_ID and secret_key = APPLICATION_KEY in ~/.s3cfg.",
    "minio": "Minio(endpoint, access_key=KEY_ID, secret_key=APPLICATION_KEY); with mc:"
    f" mc alias set b2 {ENDPOINT} KEY_ID APPLICATION_KEY",
    "curl": 'curl --user "$KEY_ID:$APPLICATION_KEY" --aws-sigv4 aws:amz:us-west-004:s3 …',
    "obstore": "S3Store(bucket, access_key_id=KEY_ID, secret_access_key=APPLICATION_KEY)",
    "terraform": 'access_key and secret_key in provider "aws", or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
}
"""Where key id and application key go."""

REGION = {
    "boto3": f'boto3.client("s3", region_name="us-west-004", endpoint_url="{ENDPOINT}"). From the environment boto3'
    " reads AWS_DEFAULT_REGION, not AWS_REGION.",
    "aws-cli": f"aws --region us-west-004 --endpoint-url {ENDPOINT} s3 ls, or region and endpoint_url in ~/.aws/config."
    " Version 1 reads AWS_DEFAULT_REGION, not AWS_REGION.",
    "js": f'new S3Client({{ region: "us-west-004", endpoint: "{ENDPOINT}" }})',
    "go": 'config.WithRegion("us-west-004"), and in s3.NewFromConfig(cfg, func(o *s3.Options) {'
    f' o.BaseEndpoint = aws.String("{ENDPOINT}") }})',
    "java": f'S3Client.builder().region(Region.of("us-west-004")).endpointOverride(URI.create("{ENDPOINT}"))',
    "php": f"'region' => 'us-west-004', 'endpoint' => '{ENDPOINT}'",
    "ruby": f'Aws::S3::Client.new(region: "us-west-004", endpoint: "{ENDPOINT}")',
    "dotnet": f'new AmazonS3Config {{ ServiceURL = "{ENDPOINT}", AuthenticationRegion = "us-west-004" }}',
    "rclone": "region = us-west-004 and endpoint = s3.us-west-004.backblazeb2.com in rclone.conf.",
    "restic": f"restic -o s3.region=us-west-004 -r s3:{ENDPOINT}/BUCKET …",
    "s3cmd": "bucket_location = us-west-004, host_base = s3.us-west-004.backblazeb2.com and"
    " host_bucket = %(bucket)s.s3.us-west-004.backblazeb2.com in ~/.s3cfg.",
    "minio": 'Minio("s3.us-west-004.backblazeb2.com", region="us-west-004", …)',
    "curl": "curl --aws-sigv4 aws:amz:us-west-004:s3 …",
    "obstore": f'S3Store(bucket, region="us-west-004", endpoint="{ENDPOINT}")',
    "terraform": 'region = "us-west-004" in provider "aws", and endpoints { s3 = "' + ENDPOINT + '" }.',
}
"""Where region and endpoint go."""

SIGV4 = {
    "boto3": 'Config(signature_version="s3v4"), and a region_name: without a region, or with us-east-1, boto3 presigns'
    " with SigV2.",
    "aws-cli": "aws configure set default.s3.signature_version s3v4, and a --region.",
    "rclone": "Take v2_auth = true (--s3-v2-auth) out of the remote.",
    "s3cmd": "signature_v2 = False in ~/.s3cfg, and no --signature-v2.",
    "minio": f"mc alias set b2 {ENDPOINT} KEY_ID APPLICATION_KEY --api S3v4",
    "php": "'signature_version' => 'v4'",
    "curl": "curl --aws-sigv4 aws:amz:us-west-004:s3 … (curl 7.75 and newer).",
}
"""How to sign with SigV4."""

CHECKSUMS = {
    "boto3": 'Config(request_checksum_calculation="when_required", response_checksum_validation="when_required"), or'
    " AWS_REQUEST_CHECKSUM_CALCULATION=when_required and AWS_RESPONSE_CHECKSUM_VALIDATION=when_required.",
    "aws-cli": "aws configure set request_checksum_calculation when_required; aws configure set"
    " response_checksum_validation when_required",
    "js": 'new S3Client({ requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" })',
    "go": "o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired and o.ResponseChecksumValidation"
    " = aws.ResponseChecksumValidationWhenRequired in the s3.Options.",
    "java": "S3Client.builder().requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)"
    ".responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)",
    "php": "'request_checksum_calculation' => 'when_required', 'response_checksum_validation' => 'when_required'",
    "ruby": 'Aws::S3::Client.new(request_checksum_calculation: "when_required", response_checksum_validation:'
    ' "when_required")',
    "dotnet": "new AmazonS3Config { RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,"
    " ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED }",
    "rclone": "use_data_integrity_protections = false in rclone.conf.",
    "terraform": "AWS_REQUEST_CHECKSUM_CALCULATION=when_required; in an S3 backend skip_s3_checksum = true.",
}
"""How to send checksums only where an operation demands them."""

PATH_STYLE = {
    "boto3": 'Config(s3={"addressing_style": "path"})',
    "aws-cli": "aws configure set default.s3.addressing_style path",
    "js": "new S3Client({ forcePathStyle: true })",
    "go": "o.UsePathStyle = true in the s3.Options.",
    "java": "S3Client.builder().forcePathStyle(true)",
    "php": "'use_path_style_endpoint' => true",
    "ruby": "Aws::S3::Client.new(force_path_style: true)",
    "dotnet": "new AmazonS3Config { ForcePathStyle = true }",
    "rclone": "force_path_style = true in rclone.conf.",
    "restic": "restic -o s3.bucket-lookup=path …",
    "s3cmd": "host_bucket = s3.us-west-004.backblazeb2.com in ~/.s3cfg, without %(bucket)s.",
    "minio": f"mc alias set b2 {ENDPOINT} KEY_ID APPLICATION_KEY --path on",
    "obstore": "S3Store(bucket, virtual_hosted_style_request=False)",
    "terraform": 's3_use_path_style = true in provider "aws".',
}
"""How to address buckets in the path instead of the host."""
