export { StateMachine } from 'aws-local-stepfunctions';
