/**
 * The AWS SDK that Segment documents (version 2), over `https` as it is here. Of its several hundred services those that functions send
 * to; a service's description is read when the service is first used.
 */
import core from 'aws-sdk/lib/node_loader'

type Client = new (options?: object) => object

const SERVICES: Record<string, () => Client> = {
  CloudWatch: () => require('aws-sdk/clients/cloudwatch'),
  CloudWatchLogs: () => require('aws-sdk/clients/cloudwatchlogs'),
  DynamoDB: () => require('aws-sdk/clients/dynamodb'),
  EventBridge: () => require('aws-sdk/clients/eventbridge'),
  Firehose: () => require('aws-sdk/clients/firehose'),
  Kinesis: () => require('aws-sdk/clients/kinesis'),
  KMS: () => require('aws-sdk/clients/kms'),
  Lambda: () => require('aws-sdk/clients/lambda'),
  S3: () => require('aws-sdk/clients/s3'),
  SecretsManager: () => require('aws-sdk/clients/secretsmanager'),
  SES: () => require('aws-sdk/clients/ses'),
  SNS: () => require('aws-sdk/clients/sns'),
  SQS: () => require('aws-sdk/clients/sqs'),
  SSM: () => require('aws-sdk/clients/ssm'),
  StepFunctions: () => require('aws-sdk/clients/stepfunctions'),
  STS: () => require('aws-sdk/clients/sts'),
}

for (const [name, load] of Object.entries(SERVICES)) {
  Object.defineProperty(core, name, {
    configurable: true,
    enumerable: true,
    get() {
      // Loading it may write to this very name.
      Object.defineProperty(core, name, { value: undefined, writable: true, configurable: true, enumerable: true })
      const value = load()
      Object.defineProperty(core, name, { value, writable: true, configurable: true, enumerable: true })
      return value
    },
  })
}

export const AWS = core
