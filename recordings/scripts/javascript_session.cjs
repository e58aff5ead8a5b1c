// The AWS SDK for JavaScript v3: its checksums go in trailers, its keys are encoded twice over.
require("os").release = () => "6.8.0";
const {
  S3Client, CreateBucketCommand, PutObjectCommand, GetObjectCommand, ListObjectsV2Command, DeleteObjectCommand,
} = require("@aws-sdk/client-s3");
const b2 = new S3Client({
  endpoint: "https://s3.us-west-004.backblazeb2.com", region: "us-west-004", forcePathStyle: true, maxAttempts: 1,
});
const place = { Bucket: "js-tour", Key: "js/a+b (1).json" };
(async () => {
  await b2.send(new CreateBucketCommand({ Bucket: "js-tour" }));
  await b2.send(new PutObjectCommand({ ...place, Body: JSON.stringify({ hello: "B2" }) }));
  const answer = await b2.send(new GetObjectCommand(place));
  await answer.Body.transformToString();
  await b2.send(new ListObjectsV2Command({ Bucket: "js-tour", Prefix: "js/" }));
  await b2.send(new DeleteObjectCommand(place));
})();
