import type { Property, Value } from '../properties';

/** What every card gets. */
export interface CardProps {
  property: Property;
  value: Value;
  onChange: (value: Value) => void;
}
